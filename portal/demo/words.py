"""What people in the demonstration are called and what they write. Pairs are (English, Welsh).

Names are made so that nobody can take them for somebody's: each surname says that it is an example, a sample or made up.
"""

from __future__ import annotations

Pair = tuple[str, str]

FEMALE = (
    "Siân", "Gwenllian", "Angharad", "Ffion", "Carys", "Heledd", "Nerys", "Lowri", "Catrin", "Bethan",
    "Elin", "Eleri", "Lleucu", "Mared", "Nia", "Rhiannon", "Tirion", "Megan", "Cerys", "Efa", "Alice",
    "Beth", "Chloë", "Donna", "Emma", "Gemma", "Hannah", "Jade", "Kelly", "Laura", "Natalie", "Renée",
    "Sarah", "Tara", "Zoë",
)  # fmt: skip
MALE = (
    "Siôn", "Llŷr", "Rhys", "Dafydd", "Emyr", "Iwan", "Owain", "Tomos", "Gethin", "Gruffydd", "Ieuan",
    "Aled", "Bryn", "Ceri", "Dewi", "Geraint", "Huw", "Steffan", "Tegid", "Ynyr", "Macsen", "Iolo",
    "Gwydion", "Alex", "Ben", "Callum", "Dean", "Ethan", "Gareth", "Jamie", "Jordan", "Kieran", "Liam",
    "Michał", "Nathan", "Owen", "Paul", "Ryan", "Scott", "Tyler", "Wayne", "Zack", "José", "Björn",
)  # fmt: skip
PREFERRED = ("Dai", "Mags", "Gwil", "Bets", "Jac", "Sam", "Al", "Kez")

_ENGLISH = ("Example", "Sample", "Pretend", "Madeup", "Imagin", "Fiction", "Testing", "Placehold")
_ENDINGS = ("ton", "ford", "wood", "by", "worth", "ley", "field", "well", "son", "bury", "er", "man")
_WELSH = ("Enghraifft", "Esiampl", "Dychmygol", "Ffuglen", "Ffugenw", "Sampl", "Prawf", "Dyfais")
_PLACES = (
    "Llŷn",
    "Môn",
    "Tŷ’n-y-coed",
    "Pen-tŵr",
    "Hafŵen",
    "Dôl",
    "Glan-yr-afon",
    "Bryn",
    "Cwm",
    "Llwyn",
    "Nant",
    "Ystrad",
)
SURNAMES = (
    tuple(stem + ending for stem in _ENGLISH for ending in _ENDINGS)
    + _WELSH
    + tuple(f"{stem}-{place}" for stem in _WELSH for place in _PLACES)
    + tuple(f"ap {stem}" for stem in _WELSH)
    + tuple(f"O’{stem}" for stem in ("Sample", "Prawf", "Example"))
    + tuple(
        f"{one}-{other}"
        for one in ("Sample", "Example")
        for other in ("Jones", "Davies", "Evans", "Williams")
    )
)

INTERPRETERS = ("Polish", "Romanian", "Kurdish (Sorani)", "Arabic")
ACCESS_NEEDS: tuple[Pair, ...] = (
    ("Uses a wheelchair", "Yn defnyddio cadair olwyn"),
    ("Reads with difficulty: please telephone", "Yn cael trafferth darllen: ffoniwch os gwelwch yn dda"),
    ("Hard of hearing", "Nam ar y clyw"),
)

ASKED: dict[str, tuple[Pair, ...]] = {
    "housing": (
        ("A place to stay, with support to keep it.", "Lle i aros, gyda chymorth i’w gadw."),
        ("Help to keep the tenancy after a notice.", "Help i gadw’r denantiaeth ar ôl rhybudd."),
    ),
    "substance_misuse": (
        ("An assessment and a worker to begin treatment with.", "Asesiad a gweithiwr i ddechrau triniaeth."),
        ("Support after a detox that ends this month.", "Cymorth ar ôl dadwenwyno sy’n dod i ben y mis hwn."),
    ),
    "mental_health": (
        ("An assessment, and a chance to talk meanwhile.", "Asesiad, a chyfle i siarad yn y cyfamser."),
        ("Therapy, as the general practitioner advises.", "Therapi, fel y mae’r meddyg teulu’n ei gynghori."),
    ),
}
ASKED_OTHER: tuple[Pair, ...] = (
    (
        "A first meeting, and a plan agreed with the person.",
        "Cyfarfod cyntaf, a chynllun wedi’i gytuno â’r unigolyn.",
    ),
    ("Regular support for the next three months.", "Cymorth rheolaidd am y tri mis nesaf."),
)
PRIORITY_WORDS: tuple[Pair, ...] = (
    (
        "Is engaging well now. This may not last if help is slow.",
        "Mae’n ymgysylltu’n dda nawr. Efallai na fydd hyn yn para.",
    ),
    ("Has nowhere else to turn this week.", "Nid oes unman arall i droi ato yr wythnos hon."),
    (
        "Missed appointments led to a recall last time.",
        "Arweiniodd apwyntiadau a gollwyd at adalw y tro diwethaf.",
    ),
)
CONTACT: tuple[Pair, ...] = (
    ("By text message; calls after 2 pm.", "Drwy neges destun; galwadau ar ôl 2 y prynhawn."),
    ("Through the officer, at the Tuesday appointment.", "Drwy’r swyddog, yn yr apwyntiad ddydd Mawrth."),
    ("By telephone, any morning but Monday.", "Dros y ffôn, unrhyw fore ond dydd Llun."),
)
UNAVAILABLE: tuple[Pair, ...] = (
    ("", ""),
    ("Reports to probation on Monday mornings.", "Yn ymweld â’r Gwasanaeth Prawf ar fore Llun."),
    ("Curfew from 7 pm.", "Cyrffyw o 7 yr hwyr."),
)
RISK: tuple[Pair, ...] = (
    (
        "Has threatened staff. See at the office, two members of staff.",
        "Wedi bygwth staff. Gwelwch yn y swyddfa, dau aelod o staff.",
    ),
    (
        "A large dog at the address: ask for it to be shut away.",
        "Ci mawr yn y cyfeiriad: gofynnwch iddo gael ei gadw draw.",
    ),
)
NOT_ASKED: Pair = (
    "Could not be reached before the referral was sent.",
    "Nid oedd modd cysylltu cyn anfon yr atgyfeiriad.",
)

ACCEPTED: tuple[Pair, ...] = (
    ("We will telephone to arrange a first meeting.", "Byddwn yn ffonio i drefnu cyfarfod cyntaf."),
    ("A place has come free.", "Mae lle wedi dod yn rhydd."),
)
DECLINED: dict[str, Pair] = {
    "no_capacity": ("Our list is full until next month.", "Mae ein rhestr yn llawn tan y mis nesaf."),
    "no_suitable_provision": (
        "We have nothing accessible at the moment.",
        "Nid oes gennym ddim hygyrch ar hyn o bryd.",
    ),
    "risk_not_manageable": ("There is only one worker at night.", "Dim ond un gweithiwr sydd yma yn y nos."),
    "threshold_not_met": ("The screening is below our threshold.", "Mae’r sgrinio o dan ein trothwy."),
    "offence_excluded": (
        "Our insurance excludes this type of offence.",
        "Mae ein hyswiriant yn eithrio’r math hwn o drosedd.",
    ),
    "previous_behaviour": (
        "Lost a place at this service last year.",
        "Collwyd y lle yn y gwasanaeth hwn y llynedd.",
    ),
    "not_eligible": ("Lives outside our area.", "Yn byw y tu allan i’n hardal."),
    "not_wanted": (
        "Told us on the telephone that it is not wanted.",
        "Dywedodd dros y ffôn nad oes ei eisiau.",
    ),
    "already_receiving": ("Has been with our other team since spring.", "Gyda’n tîm arall ers y gwanwyn."),
    "no_local_connection": ("No local connection was found.", "Ni chafwyd cysylltiad lleol."),
    "not_enough_information": (
        "We could not tell what is asked of us.",
        "Nid oedd yn glir beth sy’n cael ei ofyn.",
    ),
    "wrong_service": ("This is for another of our teams.", "Mae hyn ar gyfer tîm arall."),
}
ELSEWHERE: Pair = ("The local authority’s first point of contact.", "Pwynt cyswllt cyntaf yr awdurdod lleol.")
WITHDRAWN: tuple[Pair, ...] = (
    ("Spoken about with the agency by telephone.", "Trafodwyd gyda’r asiantaeth dros y ffôn."),
)
CLOSED: tuple[Pair, ...] = (
    (
        "The plan is complete; may come back at any time.",
        "Mae’r cynllun wedi’i gwblhau; croeso i ddod yn ôl unrhyw bryd.",
    ),
    ("Handed over to the community team.", "Trosglwyddwyd i’r tîm cymunedol."),
)
CHASING: tuple[Pair, ...] = (
    ("Is there any news of this referral?", "Oes unrhyw newyddion am yr atgyfeiriad hwn?"),
    (
        "The person asked me today. When may I expect an answer?",
        "Gofynnodd yr unigolyn i mi heddiw. Pryd gaf i ateb?",
    ),
)
ANSWERING: tuple[Pair, ...] = (
    (
        "We are looking at it and will answer this week.",
        "Rydym yn edrych arno a byddwn yn ateb yr wythnos hon.",
    ),
    ("Could the first meeting be at your office?", "A allai’r cyfarfod cyntaf fod yn eich swyddfa chi?"),
)
REPLYING: tuple[Pair, ...] = (
    ("Thank you. I will tell the person.", "Diolch. Fe ddywedaf wrth yr unigolyn."),
    ("Yes, any day but Monday.", "Iawn, unrhyw ddiwrnod ond dydd Llun."),
)
