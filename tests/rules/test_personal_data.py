"""Whose name, address and number a comment holds, in every language; and what only looks like one."""

import pytest

from rules.case import CommentCase
from rules.judgement import Judgement
from rules.judging import judge
from rules.rule_book import load_rule_book
from schemas.vocabularies import FulfillmentChannel, Ground, JudgedVerdict


def _judged(comment: str, marketplace: str) -> Judgement:
    case = CommentCase(comment, 1, FulfillmentChannel.MFN, marketplace=marketplace)
    return judge([case], load_rule_book())[0]


NAMES = [
    ("US", "Ask for Loretta Vanderhoof if you like to be shouted at", "Loretta Vanderhoof"),
    ("CN", "那个叫周建勋的客服说话阴阳怪气", "周建勋"),
    ("US", "Spoke to Barnaby Threlkeld, utterly rude", "Barnaby Threlkeld"),
    ("US", "Customer rep Fenella Bradstowe told me to get lost", "Fenella Bradstowe"),
    ("UK", "Priya Ravensdale in their support team lied", "Priya Ravensdale"),
    ("DE", "Wenn Sie Ulrich Hasenpflug dran haben, auflegen", "Ulrich Hasenpflug"),
    ("DE", "Herr Wunibald Krautstrunk hat mich angeschrien", "Wunibald Krautstrunk"),
    ("FR", "Mme Clarisse Montbazin m'a raccroché au nez", "Clarisse Montbazin"),
    ("ES", "Hablé con Ximena Larrazábal y me insultó", "Ximena Larrazábal"),
    ("IT", "Chiedete di Ludovica Brambati", "Ludovica Brambati"),
    ("BR", "Falei com Jurandir Peçanha e ele riu de mim", "Jurandir Peçanha"),
    ("NL", "Gesproken met Wiebe van Oldenkamp, onbeschoft", "Wiebe van Oldenkamp"),
    ("SE", "Pratade med Hjalmar Lagerqvist, otrevlig", "Hjalmar Lagerqvist"),
    ("PL", "Pani Żaneta Śliwkowska odłożyła słuchawkę", "Żaneta Śliwkowska"),
    ("JP", "担当の佐々木美穂さんの態度が最悪", "佐々木美穂"),
    ("JP", "メールの署名は代表 三浦真理子」でした", "三浦真理子"),
    ("CN", "老板叫诸葛明,骂人", "诸葛明"),
    ("CN", "客服李晓燕,态度极差", "李晓燕"),
]
PHONES = [
    ("DE", "Unter 0171 5550199 meldet sich nur die Mailbox", "0171 5550199"),
    ("ES", "0034 911 000 127, ahí os pasan de uno a otro", "0034 911 000 127"),
    ("US", "I called the shop line 775-555-0148 and some guy told me off", "775-555-0148"),
    ("NL", "06 5550 1987 neemt nooit op", "06 5550 1987"),
    ("PL", "601 555 987 nikt nie odbiera", "601 555 987"),
    ("BR", "liguem pro 11 4002-0089 e ninguém atende", "11 4002-0089"),
    ("JP", "苦情は 03-5550-0147 に直接どうぞ", "03-5550-0147"),
    ("JP", "0120-000-111 にかけろ、と", "0120-000-111"),
    ("CN", "打 138 0013 8000 没人接", "138 0013 8000"),
    ("CN", "投诉请打 0755-26001234", "0755-26001234"),
]
ADDRESSES = [
    ("US", "Their return address is 4417 Maple Hollow Rd", "4417 Maple Hollow Rd"),
    ("DE", "Die Firma sitzt in der Gerberstraße 17 in Fulda", "Gerberstraße 17"),
    ("FR", "Retour à envoyer au 48 avenue des Tilleuls", "48 avenue des Tilleuls"),
    ("ES", "La tienda está en calle Olmos 23, cerrada", "calle Olmos 23"),
    ("IT", "La ditta ha sede in via Garibaldi 77, Prato", "via Garibaldi 77"),
    ("BR", "A loja fica na Rua das Acácias 310, fechada", "Rua das Acácias 310"),
    ("NL", "Retouradres: Lindelaan 9, Zwolle", "Lindelaan 9"),
    ("SE", "Returen ska till Björkgatan 7, Lund", "Björkgatan 7"),
    ("PL", "Adres Lipowa 14, 31-100 Kraków", "Lipowa 14, 31-100 Kraków"),
    ("JP", "返品先は大阪市平野区加美東1-2-3の倉庫", "大阪市平野区加美東1-2-3"),
    ("CN", "退货地址:广州市天河区体育西路12号", "广州市天河区体育西路12号"),
]


@pytest.mark.parametrize(
    ("kind", "marketplace", "comment", "shown"),
    [("full_name", *row) for row in NAMES]
    + [("phone", *row) for row in PHONES]
    + [("address", *row) for row in ADDRESSES],
)
def test_the_sellers_data_is_asked_about_and_shown(
    kind: str, marketplace: str, comment: str, shown: str
) -> None:
    judged = _judged(comment, marketplace)
    assert (judged.verdict, judged.ground) == (JudgedVerdict.REQUEST, Ground.PERSONAL_INFORMATION)
    found = [comment[s.start : s.end] for s in judged.evidence if s.word_class == kind]
    assert any(shown in text for text in found), found


@pytest.mark.parametrize(
    ("marketplace", "comment"),
    [
        # brands, companies, authors, places
        ("US", "The seller sent a fake Michael Kors bag"),
        ("US", "Spoke to Amazon Support, no help"),
        ("US", "I spoke to New York police"),
        ("US", "A book by Stephen Bradshaw-Miller is boring"),
        ("ES", "La tienda se llama Casa Bonita"),
        ("SE", "Butiken heter Stora Lampan"),
        ("DE", "Techniker Bosch Professional sagt kaputt"),
        ("JP", "石川県産という表示"),
        ("JP", "全額返金という話でした"),
        # a given name or a surname alone
        ("US", "Contact Peter at the shop"),
        ("DE", "Frau Schmidt war unfreundlich"),
        ("JP", "担当の佐藤さんという方"),
        ("JP", "長谷川さんが対応"),
        ("JP", "出荷元がずさん"),
        ("CN", "客服张经理态度差"),
        ("CN", "卖家关店了,没办法"),
        # words that are no signs of an address or a person
        ("US", "At one point it said the parcel was in Halifax"),
        ("US", "That is a beer can. At that point one gives up"),
        ("IT", "A questo punto la merce era persa"),
        ("US", "Scratched all the Dr Browns. Chucked it"),
        ("US", "A person named Front Desk signed"),
        ("US", "The product name is Sonic Blaster and it is silent"),
        ("US", "Never deal with Lumen Gardens again"),
        ("CN", "孩子叫我退掉,不好用"),
        ("US", "Promised by 9 p.m. Arrived Saturday. I was out"),
        # the buyer's own data
        ("US", "My name is Mary Thompson and I never got it"),
        ("US", "My address is 12 Oak Lane, it never came"),
        ("US", "my number is 503-555-0182"),
        ("DE", "Bitte um Rückruf 0171 5550199"),
        ("FR", "J'habite 14 rue des Lilas, jamais reçu"),
        ("JP", "自宅の東京都港区芝公園4-2-8に届かない"),
        ("CN", "我叫李建国,没收到"),
        # where a parcel was left
        ("US", "Package was left at 14 Maple Street instead of 12"),
        ("UK", "left at number 14 instead of 12"),
        ("DE", "Paket beim Nachbarn Lindenallee 3, 12345 Berlin abgegeben"),
        ("ES", "La entrega fue en calle Olmos 23 en vez de 32"),
        ("JP", "隣の市川市八幡3-4-5に誤配された"),
        # other numbers
        ("US", "Order 112-8827340-5519226, call the seller"),
        ("US", "called UPS at 1-800-742-5877 no help"),
        ("DE", "Artikel 4006381333931 vom Händler falsch"),
        ("CN", "单号 13800001234 查不到"),
    ],
)
def test_what_only_looks_like_the_sellers_data_is_not_asked_about(
    marketplace: str, comment: str
) -> None:
    judged = _judged(comment, marketplace)
    asked = judged.verdict is JudgedVerdict.REQUEST
    assert not (asked and judged.ground is Ground.PERSONAL_INFORMATION), judged.evidence


@pytest.mark.parametrize(
    "comment",
    [
        "f.u.c.k this toaster",
        "F. U. C. K. you",
        "s-c-h-e-i-ß-e",
        "Ce jouet, quelle p.u.t.e",
        "k.u.r.w.a",
    ],
)
def test_stops_and_dashes_between_letters_hide_no_obscenity(comment: str) -> None:
    judged = _judged(comment, "US")
    assert (judged.verdict, judged.ground) == (JudgedVerdict.REQUEST, Ground.OBSCENE_LANGUAGE)


@pytest.mark.parametrize("comment", ["U.S.A. made, P.O. Box", "f. Broken. u", "A.B.C.D. cable"])
def test_initials_are_no_obscenity(comment: str) -> None:
    assert _judged(comment, "US").ground is not Ground.OBSCENE_LANGUAGE
