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
        "Cyfarfod cyntaf, a chynllun wedi’i gytuno â’r person.",
    ),
    ("Regular support for the next three months.", "Cymorth rheolaidd am y tri mis nesaf."),
)
PRIORITY_WORDS: tuple[Pair, ...] = (
    (
        "Is engaging well now. This may not last if help is slow.",
        "Mae’n ymgysylltu’n dda nawr. Efallai na fydd hyn yn para os daw help yn araf.",
    ),
    ("Has nowhere else to turn this week.", "Nid oes unman arall i droi ato yr wythnos hon."),
    (
        "Missed appointments led to a recall last time.",
        "Arweiniodd apwyntiadau na chadwyd at adalw y tro diwethaf.",
    ),
)
CONTACT: tuple[Pair, ...] = (
    ("By text message; calls after 2 pm.", "Drwy neges destun; galwadau ar ôl 2 y prynhawn."),
    ("Through the officer, at the Tuesday appointment.", "Drwy’r swyddog, yn yr apwyntiad ddydd Mawrth."),
    ("By telephone, any morning but Monday.", "Dros y ffôn, unrhyw fore ond dydd Llun."),
)
UNAVAILABLE: tuple[Pair, ...] = (
    ("", ""),
    ("Reports to probation on Monday mornings.", "Yn mynd at y Gwasanaeth Prawf bob bore Llun."),
    ("Curfew from 7 pm.", "Cyrffyw o 7 yr hwyr."),
)
RISK: tuple[Pair, ...] = (
    (
        "Has threatened staff. See at the office, two members of staff.",
        "Wedi bygwth staff. Dylid gweld y person yn y swyddfa, gan ddau aelod o staff.",
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
        "Nid oedd yn glir beth a ofynnir gennym.",
    ),
    "wrong_service": ("This is for another of our teams.", "Mae hyn ar gyfer un arall o’n timau."),
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
        "Gofynnodd y person i mi heddiw. Pryd gaf i ddisgwyl ateb?",
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
    ("Thank you. I will tell the person.", "Diolch. Fe ddywedaf wrth y person."),
    ("Yes, any day but Monday.", "Iawn, unrhyw ddiwrnod ond dydd Llun."),
)

QUESTIONS: tuple[Pair, ...] = (
    ("Who is the person’s general practitioner?", "Pwy yw meddyg teulu’r person?"),
    ("Where will the person live from next week?", "Ble bydd y person yn byw o’r wythnos nesaf?"),
    ("Is anybody else supporting the person now?", "Oes rhywun arall yn cefnogi’r person nawr?"),
)
QUESTIONS_ANSWERED: tuple[Pair, ...] = (
    (
        "The surgery in Sample Street; the person agrees that you call.",
        "Y feddygfa yn Stryd Sampl; mae’r person yn cytuno i chi ffonio.",
    ),
    ("With a relative, until something is found.", "Gyda pherthynas, nes dod o hyd i rywbeth."),
    ("Nobody but us.", "Neb ond ni."),
)
PAUSED: dict[str, Pair] = {
    "custody": (
        "Recalled; release is expected within weeks.",
        "Adalwyd i’r carchar; disgwylir rhyddhau ymhen wythnosau.",
    ),
    "hospital": ("In hospital; the ward will call us.", "Yn yr ysbyty; bydd y ward yn ein ffonio."),
    "out_of_contact": ("Three calls and a visit without success.", "Tair galwad ac ymweliad heb lwyddiant."),
}
RESUMED: Pair = ("In touch again and keen to go on.", "Mewn cysylltiad eto ac yn awyddus i fwrw ymlaen.")
CHALLENGED: tuple[Pair, ...] = (
    (
        "The reason given does not fit what our agreement says.",
        "Nid yw’r rheswm yn cyd-fynd â’r hyn y mae ein cytundeb yn ei ddweud.",
    ),
    (
        "Much has changed since then; please look again.",
        "Mae llawer wedi newid ers hynny; edrychwch eto os gwelwch yn dda.",
    ),
)
REVERSED: Pair = ("With what you have told us, we can help.", "Gyda’r hyn a ddywedoch wrthym, gallwn helpu.")
UPHELD: tuple[Pair, ...] = (
    (
        "We have looked again with our team, and the reason stands.",
        "Rydym wedi edrych eto gyda’n tîm, ac mae’r rheswm yn sefyll.",
    ),
)
REOPENED: Pair = (
    "Closed in error: the wrong line was chosen.",
    "Caewyd drwy gamgymeriad: dewiswyd y llinell anghywir.",
)
PRESSED: dict[str, tuple[Pair, ...]] = {
    "chase": (
        (
            "We are still waiting for your answer. What stands in the way?",
            "Rydym yn dal i aros am eich ateb. Beth sy’n eich rhwystro?",
        ),
        (
            "The promised day has passed. When will you decide?",
            "Mae’r diwrnod a addawyd wedi mynd heibio. Pryd byddwch chi’n penderfynu?",
        ),
    ),
    "escalation": (
        (
            "The worker has not answered. Please see to it yourself.",
            "Nid yw’r gweithiwr wedi ateb. Rhowch sylw i hyn eich hun os gwelwch yn dda.",
        ),
        (
            "This is well past what you signed. May we speak this week?",
            "Mae hyn ymhell y tu hwnt i’r hyn a lofnodwyd. A gawn ni siarad yr wythnos hon?",
        ),
    ),
    "advocacy": (
        (
            "Could this be looked at as a priority? The person is ready now.",
            "A ellid ystyried hyn yn flaenoriaeth? Mae’r person yn barod nawr.",
        ),
    ),
}
PRESSED_ANSWER: dict[str, Pair] = {
    "nothing": ("We can say no more at present.", "Ni allwn ddweud mwy ar hyn o bryd."),
    "answered": ("It is on the list for Thursday’s meeting.", "Mae ar y rhestr ar gyfer cyfarfod dydd Iau."),
    "decided": ("We decide today.", "Rydym yn penderfynu heddiw."),
    "priority": ("It goes to the head of the list.", "Mae’n mynd i ben y rhestr."),
    "sooner": ("We have found an earlier day.", "Rydym wedi dod o hyd i ddiwrnod cynharach."),
    "offered": ("An appointment is on its way.", "Mae apwyntiad ar ei ffordd."),
    "reversed": ("We have accepted after all.", "Rydym wedi derbyn wedi’r cyfan."),
    "other": ("A new worker takes it over.", "Mae gweithiwr newydd yn ei gymryd drosodd."),
}
ANSWERED_BY = "Sample duty desk"
VISIT_WORDS: dict[str, Pair] = {
    "kept_late": ("Came half an hour late; we had time.", "Daeth hanner awr yn hwyr; roedd amser gennym."),
    "missed_acceptable": ("The bus did not come.", "Ni ddaeth y bws."),
    "cancelled_by_agency": ("The worker is ill.", "Mae’r gweithiwr yn sâl."),
    "cancelled_by_person": (
        "Has to be at court that day.",
        "Rhaid i’r person fod yn y llys y diwrnod hwnnw.",
    ),
    "cancelled_by_iom": ("No longer needed.", "Nid oes ei angen mwyach."),
}
PLACES: tuple[Pair, ...] = (
    ("Example House, 1 Sample Street", "Tŷ Enghraifft, 1 Stryd Sampl"),
    ("Probation office, Pretend Road", "Swyddfa’r Gwasanaeth Prawf, Heol Dychmygol"),
)
# Of agencies and services there is one text for both languages.
WAIT_SOURCES = (
    "The agency’s own return / Ffurflen yr asiantaeth ei hun",
    "Health board performance report / Adroddiad perfformiad y bwrdd iechyd",
    "Told at the area meeting / Dywedwyd yng nghyfarfod yr ardal",
)
REFUSED = (
    "We cannot promise days while two posts are empty. / Ni allwn addo diwrnodau tra bo dwy swydd yn wag."
)
TRAVEL = (
    "Bus fares are repaid. / Ad-delir tocynnau bws.",
    "Workers come to the person’s home or nearest hub. / Daw gweithwyr i gartref y person neu i’r ganolfan agosaf.",
)
DECIDED: tuple[str, ...] = (
    "The agency decides by Friday and tells us. / Bydd yr asiantaeth yn penderfynu erbyn dydd Gwener ac yn dweud wrthym.",
    "A joint visit next week. / Ymweliad ar y cyd yr wythnos nesaf.",
    "To be looked at again at the next meeting. / I’w drafod eto yn y cyfarfod nesaf.",
)
