"""Names of fictional people, as unevenly borne as in Wales, with forms and short forms. Not those of `portal.register`."""

from __future__ import annotations


def listed(names: str) -> list[str]:
    return names.split()


SURNAMES = listed(
    "Jones Williams Davies Thomas Evans Roberts Hughes Lewis Morgan Griffiths Edwards Smith Owen James Rees Phillips "
    "Jenkins Price Morris Richards Lloyd Parry Harris Taylor Watkins Brown Powell John Bowen Howells Ellis Pritchard "
    "Llewellyn Rowlands Harries Wilson Davis Humphreys Pugh Hopkins Johnson Martin Vaughan Bevan Walters Matthews "
    "Samuel Green White Khan Ali Ahmed Nowak Kowalski Prosser Meredith Prothero O’Brien O’Sullivan McCarthy McDonald "
    "ap-Rhys ap-Gwilym Jones-Evans Rhys Gruffydd Siôn Huws Murphy Begum Hussain Singh Wojciechowski Popescu"
)  # a hyphen after ap stands for a space
MALE = listed(
    "David Michael Christopher Andrew Gareth Paul Mark Daniel Matthew James Stephen John Robert Lee Richard Craig "
    "Jason Rhys Ryan Thomas Jamie Adam Darren Luke Simon Jordan Joshua Liam Kevin Ian Nathan Jack Anthony Nicholas "
    "Scott William Dean Wayne Callum Ashley Carl Jonathan Benjamin Samuel Kyle Philip Dafydd Aled Huw Owain Geraint "
    "Ieuan Tomos Iwan Gethin Steffan Mohammed Ahmed Piotr Marcin Ethan Tyler Dylan Morgan Kieran Leighton Alun Barry"
)
FEMALE = listed(
    "Sarah Emma Laura Rebecca Rachel Samantha Claire Nicola Kelly Gemma Lisa Stacey Jessica Hannah Amy Natalie Donna "
    "Michelle Joanne Catherine Elizabeth Lauren Kirsty Leanne Charlotte Siân Rhian Bethan Angharad Ffion Carys Nia "
    "Megan Jade Hayley Danielle Zoe Victoria Katie Kayleigh Chloe Louise Julie Susan Karen Tracey Lowri Cerys Agnieszka"
)
CALLED = {
    "David": "Dai Dave", "Michael": "Mike Mick", "Christopher": "Chris", "Andrew": "Andy", "Gareth": "Gaz",
    "Daniel": "Dan Danny", "Matthew": "Matt", "James": "Jim Jamie", "Stephen": "Steve", "John": "Jack Johnny",
    "Robert": "Rob Bob", "Richard": "Rich Ricky", "Thomas": "Tom Tommy", "Joshua": "Josh", "Anthony": "Tony",
    "Nicholas": "Nick", "William": "Will Bill Gwil", "Jonathan": "Jon", "Benjamin": "Ben", "Samuel": "Sam",
    "Philip": "Phil", "Rebecca": "Becky", "Samantha": "Sam", "Catherine": "Cath Kate", "Elizabeth": "Liz Beth",
    "Victoria": "Vicky", "Nicola": "Nicky", "Geraint": "Ger", "Leighton": "Leigh", "Kayleigh": "Kay", "Barry": "Baz",
}  # fmt: skip
IN_WELSH = {
    "David": "Dafydd", "Stephen": "Steffan", "John": "Siôn", "Thomas": "Tomos", "Owen": "Owain", "Sarah": "Sara",
    "Catherine": "Catrin", "Ian": "Iwan", "William": "Gwilym", "Rees": "Rhys", "Evans": "Ifans", "Hughes": "Huws",
    "Price": "Prys", "Pugh": "Puw", "Griffiths": "Gruffydd", "Davies": "Dafis", "Parry": "Parri", "Lloyd": "Llwyd",
    "Owain": "Owen", "Dafydd": "David", "Ieuan": "Evan", "ap Rhys": "Rhys", "Llewellyn": "Llywelyn", "Edwards": "Edwart",
}  # fmt: skip
SYLLABLES = listed(
    "bar ben cal dor el fen gar hal ing ker lan mor nes or pel quin ros sel tam ur ver wes yar zel thor"
)
ENDS = listed("ton ford ley well worth man son by ham ski er wood field ard ett")
