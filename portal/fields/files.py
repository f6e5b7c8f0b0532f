"""A file that is sent with a form."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import FileStorage

from portal.fields.base import PortalField
from portal.fields.text import FORBIDDEN

LONGEST_NAME = 100


class FileField(PortalField):
    """`data` is the open file, or None. It is read by the view: how much of it there may be is the view's to say.

    accept: the kinds that the browser offers, as its attribute has them; what is sent may be any.
    """

    macro = ("inputs", "file_upload")

    def __init__(self, *args: Any, accept: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accept = accept

    def process_formdata(self, valuelist: list[Any]) -> None:
        files = [value for value in valuelist if isinstance(value, FileStorage) and value.filename]
        self.data = next(iter(files), None)

    @property
    def file_name(self) -> str:
        """The name its sender gave it, without folders and without what cannot be shown."""
        name = FORBIDDEN.sub("", (self.data.filename or "").replace("\\", "/").rpartition("/")[2])
        return name.strip()[:LONGEST_NAME]

    def macro_arguments(self) -> dict[str, Any]:
        return {"label_text": self.label.text, "name": self.name, "accept": self.accept or None}
