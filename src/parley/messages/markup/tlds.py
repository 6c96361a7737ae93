"""Which last labels make a bare `name.tld` a link.

A bare name needs a list: `github.com` is a link, but `phrase.This` is a missing space and
`report.pdf` a file. All of the registry's 1,400 names would need updates for ever and buy little,
so this holds every country code, the generic names that people do type, and no name that is a
file's ending first (`zip`, `mov`). A name left out still links when it is typed with its scheme.
"""

COUNTRIES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt
bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg
er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn
hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li
lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne
nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb
sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr
tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
"""

GENERIC = """
academy accountants actor adult aero africa agency airforce amsterdam apartments app arpa art asia
associates attorney auction audio auto baby band bank bar barcelona bargains bayern beauty beer
berlin best bet bible bid bike bio biz black blog blue boo boston boutique brussels build builders
business buzz cab cafe camera camp capital car cards care careers casa cash casino cat catering
center ceo channel charity chat cheap church city claims cleaning click clinic clothing cloud club
coach codes coffee college com community company computer condos construction consulting
contractors cooking cool coop country coupons courses credit creditcard cricket cruises dad dance
date dating day deals degree delivery democrat dental dentist desi design dev diamonds diet digital
direct directory discount doctor dog domains download earth eco edu education email energy engineer
engineering enterprises equipment esq estate events exchange expert express fail faith family fan
fans farm fashion film finance financial fish fit fitness flights florist flowers football forsale
forum foundation fun fund furniture futbol fyi gallery game games garden gay gift gifts gives glass
global gmbh gold golf google gov graphics gratis green gripe group guide guitars guru hair hamburg
haus health healthcare help hiphop hockey holdings holiday homes horse hospital host hosting hotel
house how icu immo immobilien inc industries info ink institute insurance insure int international
investments irish istanbul jetzt jewelry jobs kaufen kitchen kiwi koeln law lawyer lease legal lgbt
life lighting limited limo link live llc loan loans lol london lotto love ltd luxe luxury madrid
maison management market marketing mba media melbourne memorial men menu miami mil mobi moda moe
mom money mortgage moscow motorcycles movie museum music name navy net network new news ngo ninja
now nrw nyc observer one ong onl online ooo org organic page paris partners parts party pet pharmacy
phone photo photography photos pics pictures pink pizza place plumbing plus poker post press pro
productions promo properties property pub qpon quebec racing radio realty recipes red rehab reise
reisen rent rentals repair report republican rest restaurant review reviews rich rip rocks rodeo
rsvp rugby ruhr run saarland sale salon sarl scholarships school schule science scot security
services sexy shoes shop shopping show singles site ski skin soccer social software solar solutions
soy space sport spot storage store stream studio study style sucks supplies supply support surf
surgery swiss sydney systems taipei tattoo tax taxi team tech technology tel tennis theater tickets
tienda tips tires tirol today tokyo tools top tours town toys trade trading training travel tube
university uno vacations vegas ventures vet viajes video villas vin vip vision vodka vote voyage
wales wang watch weather webcam website wedding wien wiki win wine work works world wtf xxx xyz
yachts yoga yokohama zone
"""

INTERNATIONAL = """
рф рус москва дети онлайн сайт орг укр бел қаз срб мкд бг ελ ευ հայ გე 中国 中國 公司 网络 网址
在线 中文网 商城 网店 香港 台灣 台湾 新加坡 みんな 한국 닷컴 닷넷 ไทย भारत مصر السعودية امارات ایران
"""  # noqa: RUF001

# Reserved, or in common use inside one house: they name nothing a stranger could open, and an
# administrator who wants them as links names them as custom domains.
HOUSE = "local localdomain lan intranet internal private corp home test example invalid onion"

KNOWN = frozenset((COUNTRIES + GENERIC + INTERNATIONAL).split())
PRIVATE = frozenset(HOUSE.split())
