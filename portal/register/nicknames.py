"""Names by which one person is known: Welsh and English forms, and what people are called for short. Pure.

The first of a line is the form under which its frequency is looked up. A name may stand in several lines: Alex is
Alexander or Alexandra. Written for this portal; folded as `names.fold` does.
"""

from __future__ import annotations

from functools import lru_cache

FORENAMES = """
alan al alun allan allen
alexander alex alec sandy xander alecsander
alexandra alex lexi sandra sandy ali
alice alys ali
alison ali
amanda mandy
andrew andy andras drew
angharad ann anharad hari haf
anna ann anne annie anwen nan nancy anni
anthony tony ant antony
arthur art arth
ashley ash
barbara barb babs
benjamin ben benji bendi
bernard bernie
bethan beth bethany betsan
bradley brad
brian bryan bri
bronwen bron bronwyn
callum cal calum
cameron cam
catherine cath cathy kate katie kathy kath kay catrin cadi cati katherine kathryn kathleen trina
charles charlie chas siarl
charlotte charlie lottie char
christine chris chrissie tina crystin
christopher chris kit topher crist christoffer
claire clare clara
daniel dan danny deiniol dani
danielle dani
darren daz dazza
david dafydd dai dave davey davy dewi deio
deborah deb debs debbie debra
derek del deric
desmond des
donald don donny
dominic dom
douglas doug
edmund ed ned ted eddie edmwnd emwnt
edward ed eddie ned ted teddy iorwerth edwart
eleanor ellie nell nel elin elen eleri helen
elizabeth liz lizzie beth betty bet bethan eliza libby lisa elisabeth elspeth bess betsan leusa lis
emily em emmy
emma em
ellen elin elen nell nel ellie helen
evan ifan ieuan iwan euan ewan
frances fran ffrancis
francis frank frankie ffransis
frederick fred freddie ffred
gabriel gabe
gareth gaz gary garth gazza
gavin gav
geoffrey geoff jeff jeffrey sieffre
george sior georgie
georgina georgie gina
gerald gerry gerallt jerry
gillian gill jill jilly
glyn glynn glyndwr
graham gray graeme
gregory greg grigor
griffith gruffydd gruff guto gruffudd griff griffiths
gwendoline gwen gwenllian gwenda wendy
gwilym wil gwil william
harold harry harri
henry harry hari harri hal
howell hywel hywell howel
hugh huw hugo hew
ian iain
isaac ike isac
isabel bella izzy isabella bel isobel
jack jac john jacob
jacob jake jac jacob
jacqueline jackie jacqui
james jim jimmy jamie iago jem siams
jane sian jan janey jayne
janet jan sioned
jason jay jase
jeffrey jeff geoff
jennifer jen jenny jenni siwan
jeremy jez jerry
jessica jess jessie
joan siwan
joanne jo joanna joann
john jack johnny jon sion ioan ieuan jac ianto shon evan
jonathan jon jonny jonty johnathan
jordan jord
joseph joe joey jos joseff
joshua josh
josephine jo josie
joyce joy
judith judy judi
julie jules julia
karen caryn kaz
kathleen kath kathy kate
kenneth ken kenny cenydd
kevin kev
kimberley kim
kirsty kirstie kirsten
laura laurie lora lowri
lawrence larry laurie
leanne lea
leonard len lenny
lewis lew lewys louis llew
liam william
llewelyn llew lyn llywelyn llewellyn
louise lou lowis
luke luc
lucy luce lleucu
margaret maggie mags meg peggy marged mared mair megan marge rita
marian mari marion
martin marty merfyn
mary mair mari molly polly maria miriam marie
matthew matt matty mathew matthews mathias
megan meg meggie
melanie mel
michael mike mick mickey meical mihangel micky mickael
michelle shell chelle mich
mohammed mo mohamed muhammad mohammad mohamad
morgan morg
morris morys maurice
nathan nate nath nathaniel
natalie nat nats
neil neal
nicholas nick nicky nic
nicola nicky nic nikki nichola
oliver ollie olly
owen owain
pamela pam
patricia pat patsy trish tricia
patrick pat paddy padrig
paul pawl
penelope penny
peter pete pedr
philip phil phillip ffylip
rachel rach rahel
raymond ray
rebecca becky becca bex beca
rhiannon rhian annon non
rhys rees reece reese rys
richard rich rick dick ricky richie rhisiart dickie
robert rob bob bobby robbie bert robat robyn rhobert robin
roger rog rhosier
ronald ron ronnie
rosemary rose rosie rhos
ryan ry
samantha sam sammy
samuel sam sammy sami
sandra sandy
sarah sara sally sal
sean shaun shawn sion shane
sharon shaz shaza
sian shan jane
simon si seimon
sophie soph sophia soffia
stacey stace stacy
stephen steve stevie steffan steven ste stef steff
stephanie steph stef
stuart stu stewart
susan sue susie suzanne siwsan suzy
terence terry terrance
theresa terri tess teresa
thomas tom tommy tomos twm tomi
timothy tim timmy
tracey trace tracy
tyler ty
valerie val
victoria vicky vicki tori vic
vincent vince vinny
walter walt wally gwallter
wayne wayn
william will bill billy willy wil gwilym wiliam bil liam
winston win
zachary zac zack zak
zoe zo
"""
# Surnames: Welsh spellings, and what ap and ab have grown together with.
SURNAMES = """
bennett bened benet bennet
davies dafis davis davys dafydd david dafies
edwards edwart edward
ellis elis elias
bevan bifan abevan abifan abieuan
bowen abowen abowain
evans ifans ifan evan ieuan
griffiths griffith gruffydd gruffudd
harris harries harri
howells howell hywel
hughes huws huw hugh
humphreys wmffre humphries
james iago
jenkins siencyn jenkin
john sion ioan
jones johns
lewis lewys
llewellyn llywelyn llewelyn
lloyd llwyd
maddocks madog maddox
meredith meredydd maredudd meredudd
morgan morgans
morris morys
nicholas niclas
owen owain owens
parry parri apharri
phillips philips ffylip philip
powell aphywel
price prys preece aprhys aprees
pritchard prichard aprhisiart aprichard
probert aprobert
prothero protheroe prydderch aprhydderch
pugh puw aphuw
rees rhys reese reece
richards rhisiart
roberts robaits robert
rogers rosser rhosier prosser
stephens steffan stevens
thomas tomos
watkins watcyn gwatcyn
williams wiliam william gwilym
"""


def _lines_of(text: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in text.split("\n"):
        for name in dict.fromkeys(line.split()):
            found[name] = (*found.get(name, ()), line.split()[0])
    return found


_FORENAME_HEADS = _lines_of(FORENAMES)
_SURNAME_HEADS = _lines_of(SURNAMES)


@lru_cache(maxsize=50_000)
def forename_heads(name: str) -> frozenset[str]:
    """The names of which a folded forename is a form, itself among them where it heads a line."""
    return frozenset(_FORENAME_HEADS.get(name, ()))


@lru_cache(maxsize=50_000)
def surname_heads(name: str) -> frozenset[str]:
    """As for forenames."""
    return frozenset(_SURNAME_HEADS.get(name, ()))
