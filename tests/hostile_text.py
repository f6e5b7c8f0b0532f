"""What is typed in the hope that a browser runs it; and a way to plant it in every stored word."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from portal.db import as_owner, db

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "javascript:alert(1)",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "{{ ''.__class__.__mro__ }}",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<body onload=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    '<!--<img src="--><img src=x onerror=alert(1)//">',
    "<![CDATA[<]]>script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<IMG SRC=`javascript:alert(1)`>",
    "<style>@import'//evil.example'</style>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<template><img src=x onerror=alert(1)></template>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "＜script＞alert(1)＜/script＞",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    '" autofocus onfocus=alert(1) x="',
    "' onmouseover=alert(1) x='",
    "]]></script><script>alert(1)</script>",
    "<x onclick=alert(1) style=position:fixed;inset:0>x</x>",
    "data:text/html,<script>alert(1)</script>",
)
COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
  JOIN information_schema.tables t USING (table_schema, table_name)
 WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
   AND (c.data_type IN ('text', 'character varying', 'jsonb') OR c.udt_name = '_text') ORDER BY 1, 2"""


def plant(payloads: Sequence[str] = PAYLOADS) -> tuple[int, list[str]]:
    """In the place of each word between « and » stands one of `payloads`; (columns that hold one, those that refuse it).

    Each row and column gets another one. Past every form, so that what is shown is tried and not what is let in.
    """
    planted, refused = 0, []
    with as_owner():
        for number, (table, column, kind) in enumerate(db.session.execute(sa.text(COLUMNS)).all()):
            db.session.execute(sa.text(f'ALTER TABLE "{table}" DISABLE TRIGGER USER'))
            try:
                with db.session.begin_nested():
                    planted += _plant_in(table, column, kind, number, payloads)
            except sa.exc.DBAPIError:
                refused.append(f"{table}.{column}")
            db.session.execute(sa.text(f'ALTER TABLE "{table}" ENABLE TRIGGER USER'))
        db.session.commit()
    return planted, refused


def _plant_in(table: str, column: str, kind: str, number: int, payloads: Sequence[str]) -> bool:
    one = "payloads[1 + mod(abs(hashtext(ctid::text) % 1000 + :number), cardinality(payloads))]"
    put = one if kind != "jsonb" else f"regexp_replace(to_json({one})::text, '^\"|\"$', '', 'g')"
    into = f"regexp_replace(@, '«[^»]*»', replace({put}, '\\', '\\\\'), 'g')"
    if kind == "ARRAY":
        changed = f'(SELECT array_agg({into.replace("@", "word")}) FROM unnest("{column}") word)'  # noqa: S608
    else:
        changed = into.replace("@", f'"{column}"::text') + ("::jsonb" if kind == "jsonb" else "")
    statement = f"""WITH these AS (SELECT CAST(:payloads AS text[]) AS payloads)
        UPDATE "{table}" SET "{column}" = {changed} FROM these WHERE "{column}"::text LIKE '%«%'"""  # noqa: S608
    done = db.session.execute(sa.text(statement), {"payloads": list(payloads), "number": number * 7})
    return bool(done.rowcount)  # type: ignore[attr-defined]
