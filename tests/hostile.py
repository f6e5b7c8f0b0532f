"""What nobody means to type, for every form: no answer may be a 500."""

HOSTILE = (
    "\x00",
    "a\x00b",
    "\ud800",
    "9" * 400,
    "-1",
    "٣٤",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "%00%ff",
    "\u202e" + "x" * 300,
    "1e9",
    "2147483648",
)
