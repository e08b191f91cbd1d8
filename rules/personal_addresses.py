"""Street addresses in a comment: the seller's, not the buyer's and not where a parcel was left."""

import re
from collections.abc import Sequence
from typing import Final

from rules.judgement import Span
from rules.personal_cues import Passage, cues, is_taken
from rules.text_guard import TextGuard

_POSTCODE: Final = re.compile(
    r"\b(?:[A-Z]{1,2}\d{1,2}[A-Z]? ?\d[A-Z]{2}|\d{5}(?:-\d{3,4})?|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|[A-Z]{2,3} \d{4,5}|[A-Z]\d[A-Z] ?\d[A-Z]\d|〒?\d{3}-\d{4})\b"
)
_NEAR_POSTCODE: Final = re.compile(r"\d(?:\d{3}|-\d{3}| ?[A-Z]{2}|[A-Z] ?\d)")
"""Something that every postcode holds, quicker to look for."""
_HOUSE_NUMBER: Final = re.compile(r"\b\d{1,4}[a-zA-Z]?\b")
_UPPER: Final = r"[A-ZÀ-ÖØ-ÞŚŻŹĆŁ]"
_STREETS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # 123 Maple Hollow Rd
        rf"\b\d{{1,5}}[A-Za-z]? (?!Day|Star|Year|Pack|Hour|Week|Month|Inch|Piece|Way|Amazon|Prime)(?:{_UPPER}[\w'’]{{1,20}} ){{1,3}}(?:[Ss]treet|St|[Rr]oad|Rd|[Aa]venue|Ave|[Ll]ane|Ln|[Dd]rive|Dr|Court|Ct|Crescent|Cres|Close|Way|Boulevard|Blvd|Terrace|Place|Square|Highway|Hwy|Parkway|Pkwy|Circle|Trail|Row|Mews|Gardens|Grove|Estate)\b",
        # Gerberstraße 17, Molenstraat 14, Storgatan 14
        rf"(?<!\w){_UPPER}[\w-]{{2,30}}(?:stra(?:ß|ss)e|str\.|gasse|weg|allee|platz|damm|ufer|straat|laan|plein|gracht|kade|dijk|singel|gatan|vägen|gränd|torget|stigen) \d{{1,4}}[a-z]?\b",
        # 14 rue des Amandiers
        r"\b\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|bd|impasse|chemin|allée|quai|cours|place|route|square) (?:(?:de la|de|du|des) |d['’]|de l['’])?[\w'’-]{2,25}",
        # calle Almendros 14, Calle 9 número 221, Rua Nove 221, via dei Mandorli 14, ul. Lipowa 14
        rf"\b(?:[Cc]alle|C/|[Aa]venida|[Aa]vda\.?|Av\.|[Pp]laza|[Pp]aseo|[Cc]arretera|[Rr]ua|[Tt]ravessa|[Aa]lameda|[Pp]raça|[Rr]odovia|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Vv]icolo|[Uu]l\.|[Uu]lic[ay]|[Aa]l\.|[Aa]lej[ai]) ?(?:(?:de la|de los|de las|de|del|dei|della|delle|da|do|das|dos) )?(?!Amazon|DHL|UPS|PayPal|Mail|SMS|Whats|Chat)(?:(?:{_UPPER}[\w'’.-]{{1,20}},? ){{1,4}}|(?=\d))(?:(?:n[úu]mero|núm\.?|nº|n\.) ?)?\d{{1,4}}(?:,? ?(?:n[úu]mero|núm\.?|nº) ?\d{{1,4}})?\b(?! ?[a-zß-ÿ]{{3}})",
        # Cumhuriyet Mah. Lale Sok. No:14
        r"\b(?:[Mm]ah|[Ss]ok|[Cc]ad)\w{0,8}\.? [^\n!?]{0,30}\bNo ?[:.]? ?\d{1,4}",
        # Lipowa 14, 31-100 Kraków
        rf"(?<!\w){_UPPER}\w{{2,30}} \d{{1,4}}[a-zA-Z]?(?:/\d{{1,4}})?, ?(?:\d{{4,5}}|\d{{2}}-\d{{3}}|\d{{3}} \d{{2}}|\d{{4}} ?[A-Z]{{2}}) {_UPPER}\w{{2,}}",
        # 埼玉県川口市青木町9-8-7
        r"[\u4e00-\u9fff]{1,4}[都道府県市][\u4e00-\u9fffヶケノの]{1,10}?[市区町村郡][\u3041-\u30ff\u4e00-\u9fff]{0,12}[0-9０-９]{1,4}(?:丁目|番|号|[-－ー−の][0-9０-９]{1,4})[0-9０-９\-－ー−丁目番地号の]{0,12}",
        r"[\u4e00-\u9fff]{1,4}[都道府県市区][\u3041-\u30ff\u4e00-\u9fff]{1,14}[0-9０-９]{1,4}(?:丁目|番地)[0-9０-９\-－ー−丁目番地号の]{0,12}",
        # 吉华路88号6栋401, 松柏路五百五十五号
        r"[\u4e00-\u9fff]{2,16}[路街巷道弄](?:\d{1,5}|[一二三四五六七八九十百零〇两]{1,7})[号弄][\d\u4e00-\u9fff]{0,2}[\d栋座单元室幢楼]{0,8}",
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
    " St", " street", " Road", " road", " Rd", " Ave", " avenue", " Lane", " lane", " Ln", " Drive", " drive", " Dr", " Court", " Ct", " Cres", " Close", " Way", " Boulevard", " Blvd", " Terrace", " Place", " Square", " Highway", " Hwy", " Parkway", " Pkwy", " Circle", " Trail", " Row", " Mews", " Gardens", " Grove", " Estate",
), (
    "straße ", "strasse ", "str. ", "gasse ", "weg ", "allee ", "platz ", "damm ", "ufer ", "straat ", "laan ", "plein ", "gracht ", "kade ", "dijk ", "singel ", "gatan ", "vägen ", "gränd ", "torget ", "stigen ",
), (
    " rue ", " avenue ", " boulevard ", " bd ", " impasse ", " chemin ", " allée ", " quai ", " cours ", " place ", " route ", " square ",
), (
    "Calle", "calle", "C/", "Avenida", "avenida", "Avda", "avda", "Av.", "Plaza", "plaza", "Paseo", "paseo", "Carretera", "carretera", "Rua", "rua", "Travessa", "travessa", "Alameda", "alameda", "Praça", "praça", "Rodovia", "rodovia", "Via", "via", "Piazza", "piazza", "Corso", "corso", "Vicolo", "vicolo", "Ul.", "ul.", "Ulic", "ulic", "Al.", "al.", "Alej", "alej",
), (
    "Mah", "mah", "Sok", "sok", "Cad", "cad",
), (
    ",",
), (
    *"都道府県市",
), (
    "丁目", "番地",
), (
    *"号弄",
)  # fmt: skip
"""For each of the patterns the words of which it needs one."""
_COMMA: Final = _NEEDED.index((",",))
_CODE_AFTER_COMMA: Final = re.compile(r", ?\d")
_GUARD: Final = TextGuard(_NEEDED)
_SENTENCE: Final = re.compile(r"[!?;。！？\n]|(?<=[a-zß-ÿ]{3})\. ")
_FAR: Final = 70


def find_addresses(text: str, found: Sequence[Span]) -> list[Span]:
    """Spans of `address`, or `possible_address` where nothing tells whose it is."""
    spans = _streets(text, found) or _with_postcode(text, found)
    # asked last: it is the dearest question, and few comments come this far
    return [] if spans and _is_own(text) else spans


def _is_own(text: str) -> bool:
    """Whether the buyer tells where he himself lives."""
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
        for match in _STREETS[number].finditer(text):
            if not any(c.isdigit() or c in "一二三四五六七八九十百" for c in match.group()):
                continue
            if is_taken(match.span(), [*found, *spans]):
                continue
            kind = _kind(text, *match.span())
            if kind is not None:
                spans.append(Span(match.start(), match.end(), kind))
    return spans


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """The sentence around an address."""
    before = _SENTENCE.split(text[max(0, start - _FAR) : start])[-1]
    return before, _SENTENCE.split(text[end : end + _FAR])[0]


def _kind(text: str, start: int, end: int) -> str | None:
    sentence, rest = _around(text, start, end)
    # Chinese and Japanese have no blank at which an address begins
    before, after = Passage(sentence + text[start:end]), Passage(rest)
    if before.has("place_cue"):
        return "address"
    if before.has("delivery_cue") or after.has("delivery_cue"):
        return None
    if after.has("place_cue") or before.has("address_word"):
        return "address"
    return "address" if _POSTCODE.search(text, start) else "possible_address"


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
