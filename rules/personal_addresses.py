"""Street addresses in a comment: the seller's, not the buyer's and not where a parcel was left."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rules.judgement import Span
from rules.personal_cues import Passage, cues, is_taken, words_of_text
from rules.text_guard import TextGuard

_POSTCODE: Final = re.compile(
    r"\b(?:[A-Z]{1,2}\d{1,2}[A-Z]? ?\d[A-Z]{2}|\d{5}(?:-\d{3,4})?|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|[A-Z]{2,3} \d{4,5}|[A-Z]\d[A-Z] ?\d[A-Z]\d|〒?\d{3}-\d{4})\b"
)
_NEAR_POSTCODE: Final = re.compile(r"\d(?:\d{3}|-\d{3}| ?[A-Z]{2}|[A-Z] ?\d)")
"""Something that every postcode holds, quicker to look for."""
_HOUSE_NUMBER: Final = re.compile(r"\b\d{1,4}[a-zA-Z]?\b")
_UPPER: Final = r"[A-ZÀ-ÖØ-ÞŚŻŹĆŁ]"
_KANA_OR_HAN: Final = r"[\u3005\u3041-\u30ff\u4e00-\u9fff]"
_NUMBER_JA: Final = r"(?:[0-9０-９]{1,4}|[一二三四五六七八九十百]{1,5})"
_STREETS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # 123 Maple Hollow Rd
        rf"\b\d{{1,5}}[A-Za-z]? (?!Day|Star|Year|Pack|Hour|Week|Month|Inch|Piece|Way|Amazon|Prime)(?:[NSEW]\.? )?(?:{_UPPER}[\w'’]{{1,20}} ){{1,3}}(?:[Ss]treet|St|[Rr]oad|Rd|[Aa]venue|Ave|[Ll]ane|Ln|[Dd]rive|Dr|Court|Ct|Crescent|Cres|Close|Way|Boulevard|Blvd|Terrace|Place|Square|Highway|Hwy|Parkway|Pkwy|Circle|Trail|Row|Mews|Gardens|Grove|Estate|Wharf|Yard|Quay|Walk|Hill|Rise|Vale|Parade|Loop|Alley|Pike|Park|Industrial Estate)\b",
        # Unit 7, Brackenfield Road
        rf"\b(?:Unit|Flat|Suite|Lot|Block|Shop|Apt|Apartment) \d{{1,4}}[A-Za-z]?,? (?:{_UPPER}[\w'’]{{1,20}} ){{1,3}}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Close|Way|Boulevard|Terrace|Place|Square|Highway|Parkway|Row|Mews|Grove|Estate|Park|Industrial)\b",
        # Gerberstraße 17, Molenstraat 14, Storgatan 14
        rf"(?<!\w){_UPPER}[\w-]{{2,30}}(?:stra(?:ß|ss)e|str\.|gasse|allee|gässchen|chaussee|straat|laan|gracht|gatan|vägen|gränd|gata|allén) \d{{1,4}}(?:[a-zA-Z]|\s[A-Z])?\b",
        # Ahornweg 17b, Klaprozenpad 31: ends of words that many other things have as well
        rf"(?<!\w){_UPPER}[\w-]{{2,30}}(?:weg|platz|damm|ufer|ring|steig|pfad|zeile|plein|kade|dijk|singel|pad|steeg|dreef|torget|stigen|backen|väg) \d{{1,4}}(?:[a-zA-Z]|\s[A-Z])?\b(?! ?(?:Euro|EUR|€|Uhr|mal|Stück|cm|mm|m|kg|g|x|kr|st|euro|jaar|Jahre|Tage|dagar|dagen|Pro|Max|Plus)\b)",
        # In der Hinteren Gasse 9
        rf"(?<!\w){_UPPER}[\w-]{{2,20}} (?:Straße|Strasse|Str\.|Gasse|Weg|Allee|Ring|Damm|Ufer|Markt|Straat|Laan|Plein|Kade|Dijk|Gata|Gatan|Väg|Vägen|Kajen|Torget|Backen|Stigen) \d{{1,4}} ?[a-zA-Z]?\b",
        # 14 rue des Amandiers
        r"\b\d{1,4}(?: ?(?:bis|ter))?,? (?:[Rr]ue|RUE|[Aa]venue|[Bb]oulevard|[Bb]oul\.|[Bb]d|[Ii]mpasse|[Cc]hemin|[Aa]llée|[Qq]uai|[Pp]lace|[Rr]oute|impasse|chemin|allée|quai|cours|place|route|square|ruelle|passage|sentier|faubourg|lotissement|villa|rond-point|traverse|montée|promenade|ZA|ZI|zone artisanale|zone industrielle) (?:(?:de la|de|du|des) |d['’]|de l['’])?[\w'’-]{2,25}",
        # calle Almendros 14, Calle 9 número 221, Rua Nove 221, via dei Mandorli 14, ul. Lipowa 14
        rf"\b(?:[Cc]alle|C/|[Aa]venida|[Aa]vda\.?|Av\.|[Pp]laza|[Pp]aseo|[Cc]arretera|[Cc]amino|[Rr]onda|[Tt]ravesía|[Tt]ravesia|[Gg]lorieta|[Pp]asaje|[Cc]arrer|[Pp]ol[íi]gono(?: [Ii]ndustrial)?|[Cc]alz(?:ada|\.)|[Bb]oulevard|[Rr]ua|[Tt]ravessa|[Aa]lameda|[Pp]raça|[Rr]odovia|[Ll]argo|[Ee]strada|[Vv]iela|[Bb]eco|[Qq]uadra|[Vv]ia|[Ss]trada|[Ll]ocalità|[Cc]ontrada|[Vv]iale|[Pp]iazza|[Cc]orso|[Vv]icolo|[Uu]l\.|[Uu]lic[ay]|[Aa]l\.|[Aa]lej[aię]|[Uu]licę|[Pp]l\.|[Pp]lacu?|[Oo]s\.|[Oo]siedl[eu]) ?(?:(?:de la|de los|de las|de|del|dei|della|delle|da|do|das|dos) )?(?!Amazon|DHL|UPS|PayPal|Mail|SMS|Whats|Chat)(?:(?:{_UPPER}[\w'’.-]{{1,20}},? |d[eao]s? |y |e |di |la ){{1,6}}|(?=\d))(?:(?:n[úu]mero|núm\.?|nº|n°|n\.|nr) ?)?\d{{1,4}}(?:,? ?(?:n[úu]mero|núm\.?|nº) ?\d{{1,4}})?(?:[a-zA-Z]|/\d{{1,4}})?\b(?! ?(?!conj|sala|apto|apt|fundos|bloco|int|piso|bajo|local|nave|lok|scala|loja|andar|galp|esc|planta|puerta|porta|letra|chius|cerrad|fechad|sobrado|casa|interno)[a-zß-ÿ]{{3}})",
        # Cumhuriyet Mah. Lale Sok. No:14
        r"\b(?:[Mm]ah|[Ss]ok|[Cc]ad)\w{0,8}\.? [^\n!?]{0,30}\bNo ?[:.]? ?\d{1,4}",
        # Lipowa 14, 31-100 Kraków
        rf"(?<!\w){_UPPER}\w{{2,30}} \d{{1,4}}[a-zA-Z]?(?:/\d{{1,4}})?, ?(?:\d{{4,5}}|\d{{2}}-\d{{3}}|\d{{3}} \d{{2}}|\d{{4}} ?[A-Z]{{2}}) {_UPPER}\w{{2,}}",
        # pod adresem Sosnowa 15, Pabianice
        rf"\b(?:[Aa]dres(?:em|ie|u|se)?|[Aa]ddress|[Aa]nschrift|[Ee]ndere[çc]o|[Ii]ndirizzo|[Dd]irecci[óo]n|[Aa]dress(?:en)?)(?: is| ist| est| es| é| è| to| jest| är)?:? {_UPPER}\w{{2,30}}(?: {_UPPER}\w{{2,20}})? \d{{1,4}}[a-zA-Z]?\b",
        # 埼玉県川口市青木町9-8-7, さいたま市桜台南9丁目88-1, 松本市蟻ヶ崎台九丁目四番十二号
        rf"{_KANA_OR_HAN}{{1,8}}?[都道府県市区郡]{_KANA_OR_HAN}{{0,24}}?{_NUMBER_JA}(?:丁目|番地|番|号|[-－ー−‐の]{_NUMBER_JA})(?:丁目|番地|番|号|の|[-－ー−‐]|{_NUMBER_JA}){{0,12}}",
        r"[\u4e00-\u9fff]{1,4}[都道府県市区][\u3041-\u30ff\u4e00-\u9fff]{1,14}[0-9０-９]{1,4}(?:丁目|番地)[0-9０-９\-－ー−丁目番地号の]{0,12}",
        # 吉华路88号6栋401, 松柏路五百五十五号, 石榴岗路88巷6号402, 太平路三段77巷9號
        r"[\u4e00-\u9fff]{2,16}?(?:大道|[路街巷道弄村段])[东西南北中東]?(?:\d{1,5}|[一二三四五六七八九十百零〇两]{1,7})(?:-\d{1,4})?[号號弄巷段](?:(?:\d{1,4}|[一二三四五六七八九十]{1,3})[号號弄巷])?[\d\u4e00-\u9fff]{0,2}[\d栋棟座单元單室幢楼樓]{0,8}",
        # 白沟镇箱包城小区3栋1201
        r"[省市区縣县镇鎮鄉乡][\u4e00-\u9fff]{2,16}?(?:小区|小區|花园|花園|大厦|大廈|工业园|工業區|工业区|广场|苑|新城|公寓|商城|市场|村)[A-Za-z\u4e00-\u9fff]{0,4}\d{1,4}[A-Za-z]?(?:栋|棟|幢|号|號|楼|樓|室|座|单元|單元|铺|档)[\d栋棟座单元單室幢楼樓号號]{0,8}",
    )
)
_OWN: Final = re.compile(
    r"\b(?:my|our) (?:\w+ )?(?:address|house|home|flat|door|place|apartment|street|neighbou?r\w*)\b|\bi live\b|\bwe live\b|\bi'm at\b"
    r"|\b(?:meine[rn]?|unsere[rn]?) (?:adresse|anschrift|wohnung|haus)\b|\bich wohne\b|\bwir wohnen\b|\bbei mir\b|\bzu mir\b"
    r"|\bmon adresse\b|\bchez (?:moi|nous)\b|\bj['’]habite\b|\bnotre adresse\b"
    r"|\bmi (?:casa|direcci[oó]n|domicilio|piso)\b|\bvivo en\b|\bvivimos en\b"
    r"|\b(?:mio|nostro) indirizzo\b|\bcasa mia\b|\babito\b|\babitiamo\b"
    r"|\b(?:meu|nosso) endere[cç]o\b|\bminha casa\b|\bmoro\b|\bmoramos\b"
    r"|\b(?:mijn|ons) (?:adres|huis)\b|\bik woon\b|\bwij wonen\b|\bmin adress\b|\bjag bor\b|\bvi bor\b|\bm[oó]j adres\b|\bmojego adresu\b|\bmieszkam\w*\b"
    r"|私の住所|自宅|我が家|わが家|うちの住所|住んで|我家|我的地址|我住|我们家|收货地址",
    re.IGNORECASE,
)
_OWN_BEGINS: Final = TextGuard(
    [
        (
            "my ", "our ", "i live", "we live", "i'm at", "meine", "unsere", "ich wohne", "wir wohnen", "bei mir", "zu mir",
            "mon adresse", "chez ", "j'habite", "j’habite", "notre adresse", "mi ", "vivo en", "vivimos en", "mio ", "nostro ",
            "casa mia", "abit", "meu ", "nosso ", "minha casa", "mor", "mijn ", "ons ", "ik woon", "wij wonen", "min adress",
            "jag bor", "vi bor", "mój", "moj", "mieszkam", "私の住所", "自宅", "我が家", "わが家", "うちの住所", "住んで", "我家",
            "我的地址", "我住", "我们家", "收货地址",
        )
    ]
)  # fmt: skip
"""With one of these, written small, every such phrase begins."""
_NEEDED: Final = (
    " St", " street", " Road", " road", " Rd", " Ave", " avenue", " Lane", " lane", " Ln", " Drive", " drive", " Dr", " Court", " Ct", " Cres", " Close", " Way", " Boulevard", " Blvd", " Terrace", " Place", " Square", " Highway", " Hwy", " Parkway", " Pkwy", " Circle", " Trail", " Row", " Mews", " Gardens", " Grove", " Estate", " Wharf", " Yard", " Quay", " Walk", " Hill", " Rise", " Vale", " Parade", " Loop", " Alley", " Pike", " Park", " Industrial",
), (
    "Unit ", "Flat ", "Suite ", "Lot ", "Block ", "Shop ", "Apt ", "Apartment ",
), (
    "straße ", "strasse ", "str. ", "gasse ", "allee ", "gässchen ", "chaussee ", "straat ", "laan ", "gracht ", "gatan ", "vägen ", "gränd ", "gata ", "allén ",
), (
    "weg ", "platz ", "damm ", "ufer ", "ring ", "steig ", "pfad ", "zeile ", "plein ", "kade ", "dijk ", "singel ", "pad ", "steeg ", "dreef ", "torget ", "stigen ", "backen ", "väg ",
), (
    " Straße ", " Strasse ", " Str. ", " Gasse ", " Weg ", " Allee ", " Ring ", " Damm ", " Ufer ", " Markt ", " Straat ", " Laan ", " Plein ", " Kade ", " Dijk ", " Gata ", " Gatan ", " Väg ", " Vägen ", " Kajen ", " Torget ", " Backen ", " Stigen ",
), (
    " Rue ", " RUE ", " Avenue ", " Boulevard ", " Boul. ", " boul. ", " Bd ", " Impasse ", " Chemin ", " Allée ", " Quai ", " Place ", " Route ", " rue ", " avenue ", " boulevard ", " bd ", " impasse ", " chemin ", " allée ", " quai ", " cours ", " place ", " route ", " square ", " ruelle ", " passage ", " sentier ", " faubourg ", " lotissement ", " villa ", " rond-point ", " traverse ", " montée ", " promenade ", " ZA ", " ZI ", " zone ",
), (
    "Calle", "calle", "C/", "Avenida", "avenida", "Avda", "avda", "Av.", "Plaza", "plaza", "Paseo", "paseo", "Carretera", "carretera", "Rua", "rua", "Travessa", "travessa", "Alameda", "alameda", "Praça", "praça", "Rodovia", "rodovia", "Via", "via", "Piazza", "piazza", "Corso", "corso", "Vicolo", "vicolo", "Camino", "camino", "Ronda", "ronda", "Traves", "traves", "Glorieta", "glorieta", "Pasaje", "pasaje", "Carrer", "carrer", "Pol", "pol", "Calz", "calz", "Boulevard", "boulevard", "Largo", "largo", "Estrada", "estrada", "Viela", "viela", "Beco", "beco", "Quadra", "quadra", "Strada", "strada", "Localit", "localit", "Contrada", "contrada", "Pl.", "pl.", "Plac", "plac", "Os.", "os.", "Osiedl", "osiedl", "Ul.", "ul.", "Ulic", "ulic", "Al.", "al.", "Alej", "alej",
), (
    "Mah", "mah", "Sok", "sok", "Cad", "cad",
), (
    ",",
), (
    "adres", "Adres", "ddress", "nschrift", "ndere", "ndirizzo", "irecci",
), (
    *"都道府県市区郡",
), (
    "丁目", "番地",
), (
    *"号號弄巷段",
), (
    "小区", "小區", "花园", "花園", "大厦", "大廈", "工业", "工業", "广场", "苑", "新城", "公寓", "商城", "市场", "村",
)  # fmt: skip
"""For each of the patterns the words of which it needs one."""
_KIND_FIRST: Final = next(number for number, parts in enumerate(_NEEDED) if "Calle" in parts)
"""The pattern that begins with one of the words it needs."""
_KINDS: Final = TextGuard([_NEEDED[_KIND_FIRST]])
_WEAK: Final = next(number for number, parts in enumerate(_NEEDED) if "weg " in parts)
"""The pattern that needs a word that tells of a place."""
_COMMA: Final = _NEEDED.index((",",))
_CODE_AFTER_COMMA: Final = re.compile(r", ?\d")
_GUARD: Final = TextGuard(_NEEDED)
_SENTENCE: Final = re.compile(r"[!?;。！？\n]|(?<=[a-zß-ÿ]{3})\. |(?<=\d)\. (?=[A-Z])")
_FAR: Final = 70
_WIDE: Final = 110
_SHORTLY: Final = 50
_SENTENCE_LONG: Final = 160


def find_addresses(text: str, found: Sequence[Span]) -> list[Span]:
    """Spans of `address`, or `possible_address` where nothing tells whose it is."""
    spans = _streets(text, found) or _with_postcode(text, found)
    # asked last: it is the dearest question, and few comments come this far
    return [span for span in spans if not _is_own(text, span)]


def _is_own(text: str, span: Span) -> bool:
    """Whether the buyer tells in the same sentence, or straight before it, where he himself lives; not after telling where the shop is."""
    before, after = _around(text, span.start, span.end, _SENTENCE_LONG)
    # Chinese and Japanese have no blank at which an address begins
    shown = text[span.start : span.end]
    if _tells_own(before + shown) or _tells_own(text[max(0, span.start - _SHORTLY) : span.end]):
        return True
    return _tells_own(after) and not Passage(before).has("place_cue")


def _tells_own(text: str) -> bool:
    folded = text.casefold().replace("ı", "i")
    if len(folded) != len(text):
        return _OWN.search(text) is not None
    return any(_OWN.match(text, place) for place in _OWN_BEGINS.places(folded))


def _streets(text: str, found: Sequence[Span]) -> list[Span]:
    spans: list[Span] = []
    worth_trying = _GUARD.worth_trying(text)
    for number in sorted(worth_trying):
        if number == _COMMA and not _CODE_AFTER_COMMA.search(text):
            continue
        for match in _matches(text, number):
            if not any(c.isdigit() or c in "一二三四五六七八九十百" for c in match.group()):
                continue
            if is_taken(match.span(), [*found, *spans]):
                continue
            kind = _kind(text, *match.span(), is_weak=number == _WEAK)
            if kind == "possible_address" and number == _WEAK:
                continue
            if kind is not None:
                spans.append(Span(match.start(), match.end(), kind))
    return spans


def _matches(text: str, number: int) -> Iterator[re.Match[str]]:
    """Whatever a pattern finds; one of dozens of words is not tried at every place."""
    if number != _KIND_FIRST:
        yield from _STREETS[number].finditer(text)
        return
    after = 0
    for place in _KINDS.places(text):
        match = _STREETS[number].match(text, place) if place >= after else None
        if match is not None:
            after = match.end()
            yield match


def _around(text: str, start: int, end: int, far: int = _FAR) -> tuple[str, str]:
    """The sentence around an address."""
    before = _SENTENCE.split(text[max(0, start - far) : start])[-1]
    return before, _SENTENCE.split(text[end : end + far])[0]


def _kind(text: str, start: int, end: int, *, is_weak: bool) -> str | None:
    sentence, rest = _around(text, start, end)
    # Chinese and Japanese have no blank at which an address begins
    before, after = Passage(sentence + text[start:end]), Passage(rest)
    if before.has("place_cue") or _is_origin(sentence):
        return "address"
    if before.has("delivery_cue") or after.has("delivery_cue"):
        return None
    # what the comment tells shortly before and after: that it is a flat, that somebody went there
    near = Passage(text[max(0, start - _WIDE) : end + _WIDE])
    if (
        after.has("place_cue")
        or before.has("address_word")
        or _POSTCODE.search(text, start)
        or near.has("site_cue")
        or near.has("place_cue")
    ):
        return "address"
    whole = Passage(text)
    is_another = is_weak or whole.has("delivery_cue") or whole.has("work_cue")
    return "possible_address" if is_another else "address"


def _is_origin(before: str) -> bool:
    """Something came from there, and it is not the buyer who did."""
    words = words_of_text(before)
    known = cues().words
    return not known["origin_word"].isdisjoint(words[-2:]) and known["move_cue"].isdisjoint(words)


def _with_postcode(text: str, found: Sequence[Span]) -> list[Span]:
    """A street word, a house number and a postcode, in whatever order."""
    whole = Passage(text)
    if not _NEAR_POSTCODE.search(text) or not whole.has("street_cue"):
        return []
    code = _POSTCODE.search(text)
    if code is None or is_taken(code.span(), found):
        return []
    number = _HOUSE_NUMBER.search(text)
    if number is None or whole.has("own_cue"):
        return []
    start, end = min(number.start(), code.start()), code.end()
    if whole.has("delivery_cue") and not cues().has("place_cue", _around(text, start, end)[0]):
        return []
    return [Span(start, end, "address")]
