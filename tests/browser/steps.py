"""What officers and agency staff do in the browser, step by step, by the names that a screen reader says."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Page, expect

from tests.browser.pairs import Pair

# English names are those of the contract, Welsh ones those of the glossary.
WORDS = {
    "en": {
        "find": "Find a person",
        "search": "Search",
        "refer": "Refer",
        "housing": "Housing",
        "continue": "Save and continue",
        "asked": "What do you ask the agency for?",
        "no address": "No address tonight",
        "why": "Explain why this is a priority",
        "contact": "How and when can the agency reach the person?",
        "not alone": "Staff must not visit alone",
        "risks": "Known risks to staff",
        "identity": "Name, date of birth, sex and language",
        "basis": "To supervise the person and help them not to reoffend",
        "agrees": "They know about it and agree",
        "check": "Check your answers",
        "will see": "What {agency} will see",
        "send": "Send referral",
        "sent": "Referral sent",
        "see": "See the referral",
        "referrals": "Referrals",
        "acknowledge": "Acknowledge",
        "acknowledged": "Acknowledged",
        "accept": "Accept as priority",
        "accepted": "Accepted as priority",
        "start": "Start service",
        "started": "In service",
        "close": "Close referral",
        "met": "Need met",
        "completed": "Completed",
        "closed": "Closed",
        "turnaround": "Turnaround",
        "referrals_sent": "Referrals sent",
        "waiting_now": "Waiting now",
    },
    "cy": {
        "find": "Dod o hyd i berson",
        "search": "Chwilio",
        "refer": "Atgyfeirio",
        "housing": "Tai",
        "continue": "Cadw a pharhau",
        "asked": "Beth ydych chi’n ei ofyn gan yr asiantaeth?",
        "no address": "Dim cyfeiriad heno",
        "why": "Esboniwch pam mae hwn yn flaenoriaeth",
        "contact": "Sut a phryd gall yr asiantaeth gysylltu â’r person?",
        "not alone": "Rhaid i staff beidio ag ymweld ar eu pen eu hunain",
        "risks": "Risgiau hysbys i staff",
        "identity": "Enw, dyddiad geni, rhyw ac iaith",
        "basis": "I oruchwylio’r person a’i helpu i beidio ag aildroseddu",
        "agrees": "Mae’n gwybod amdano ac yn cytuno",
        "check": "Gwiriwch eich atebion",
        "will see": "Beth bydd {agency} yn ei weld",
        "send": "Anfon yr atgyfeiriad",
        "sent": "Anfonwyd yr atgyfeiriad",
        "see": "Gweld yr atgyfeiriad",
        "referrals": "Atgyfeiriadau",
        "acknowledge": "Cydnabod",
        "acknowledged": "Wedi’i gydnabod",
        "accept": "Derbyn â blaenoriaeth",
        "accepted": "Derbyniwyd â blaenoriaeth",
        "start": "Dechrau’r gwasanaeth",
        "started": "Gwasanaeth wedi dechrau",
        "close": "Cau’r atgyfeiriad",
        "met": "Angen wedi’i ddiwallu",
        "completed": "Wedi’i gwblhau",
        "closed": "Wedi’i gau",
        "turnaround": "Amseroedd ymateb",
        "referrals_sent": "Atgyfeiriadau a anfonwyd",
        "waiting_now": "Yn aros nawr",
    },
}
ASKED = "A room of his own from Friday"
KEPT_BACK = ("Rings at dusk 4417", "Slept in a van 5528", "Keeps a large dog 6639")


@dataclass
class Desk:
    """One person at one page, who reads it in `language`."""

    page: Page
    language: str = "en"
    words: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.words = WORDS[self.language]

    def press(self, what: str) -> None:
        self.page.locator("main").get_by_role("button", name=self.words[what], exact=True).click()

    def follow(self, what: str) -> None:
        self.page.get_by_role("link", name=self.words[what], exact=True).click()

    def check(self, what: str) -> None:
        self.page.get_by_label(self.words[what], exact=True).check()

    def write(self, what: str, text: str) -> None:
        self.page.get_by_label(self.words[what], exact=True).fill(text)

    def sees_heading(self, what: str, **filled: str) -> None:
        name = self.words[what].format(**filled)
        expect(self.page.get_by_role("heading", name=name, exact=True)).to_be_visible()

    def sees_status(self, what: str) -> None:
        expect(self.page.locator("main .govuk-tag").first).to_have_text(self.words[what])

    def find_and_refer(self, pair: Pair) -> None:
        """From the home page to the task list's last page."""
        self.write("find", pair.typed)
        self.press("search")
        found = self.page.locator(f'main a[href="/people/{pair.person_id}"]')
        expect(found).to_have_text(pair.person)
        found.click()
        self.follow("refer")
        self.check("housing")
        self.press("continue")
        self.page.get_by_role("radio", name=pair.service, exact=True).check()
        self.press("continue")
        self.write("asked", ASKED)
        self.check("no address")
        self.write("why", KEPT_BACK[1])
        self.press("continue")
        self.write("contact", KEPT_BACK[0])
        self.check("not alone")
        self.write("risks", KEPT_BACK[2])
        self.press("continue")
        self.check("identity")
        self.check("basis")
        self.check("agrees")
        self.press("continue")

    def check_and_send(self, pair: Pair) -> str:
        """The reference, after check answers has shown what the agency will see, and the referral is open."""
        self.sees_heading("check")
        self.sees_heading("will see", agency=pair.agency)
        preview = self.page.locator(".portal-preview").inner_text()
        assert pair.person in preview
        assert ASKED in preview
        assert all(words not in preview for words in KEPT_BACK)
        self.press("send")
        self.sees_heading("sent")
        reference = self.page.url.split("/")[-2]
        self.follow("see")
        return reference

    def open_from_inbox(self, reference: str) -> None:
        self.follow("referrals")
        self.page.get_by_role("link", name=reference, exact=True).click()

    def acknowledge_and_accept(self, pair: Pair) -> None:
        self.press("acknowledge")
        self.sees_status("acknowledged")
        self.press("accept")
        expect(self.page.locator(".moj-identity-bar")).to_contain_text(pair.person)
        self.press("accept")
        self.sees_status("accepted")

    def start_and_close(self) -> None:
        self.press("start")
        self.press("start")
        self.sees_status("started")
        self.press("close")
        self.check("met")
        self.check("completed")
        self.press("close")
        self.sees_status("closed")

    def sees_only_what_was_released(self, pair: Pair) -> None:
        shown = self.page.content()
        assert [
            words for words in (pair.person, pair.service, pair.agency, ASKED) if words not in shown
        ] == []
        assert [words for words in KEPT_BACK if words in shown] == []

    def turnaround_of(self, agency: str, need: str = "housing") -> tuple[int, int]:
        """How many referrals were sent to the agency for the need, and how many of them wait now."""
        self.follow("turnaround")
        row = self.page.locator(f"section[aria-labelledby=need-{need}] > table tr").filter(
            has=self.page.get_by_role("link", name=agency, exact=True)
        )
        row.wait_for()  # what follows reads the page as it is, and does not wait for one on its way
        heads = row.locator(".portal-table__heading").all_text_contents()
        values = dict(zip(heads, row.locator(".portal-table__value").all_inner_texts(), strict=True))
        sent, waiting = (values[self.words[name]].split()[0] for name in ("referrals_sent", "waiting_now"))
        return int(sent), int(waiting)
