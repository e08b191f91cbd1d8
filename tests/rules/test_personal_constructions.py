"""Ways of telling whose name, number or address it is, in every language, and what only looks like one."""

import pytest

from rules.case import CommentCase
from rules.judging import judge
from rules.rule_book import load_rule_book
from schemas.vocabularies import FulfillmentChannel, Ground, JudgedVerdict

FINDS = [
    # offices, "a certain", apposition, quoted signatures, how somebody is called
    ("US", "there was a card in the box, Tammy Hartwell, Account Specialist, with a heart on it"),
    ("US", "a certain Guylaine Ferrand-Ross answered, quite rudely"),
    ("US", "The guy running it, Cletus Varnhagen, blocked me"),
    ("US", 'He signs everything "Best, Desmond Quillhart" and his best is not good'),
    ("UK", 'Signed "Kind regards, Nigel Frobisher, Head of Returns"'),
    ("SG", "Boss Tan Wei Liong reply me very rude, say I never read properly"),
    ("IE", "the boss being one Pádraig Ó Maoilriada it turns out"),
    ("DE", "Der Typ am Telefon (Marvin Gutschalk) lachte nur"),
    ("DE", "Absender: Renate Pöhlmann, Amselweg 4, 95444 Bayreuth"),
    ("FR", "Réponse d'une certaine Maëlle Quiniou : rien à faire"),
    ("FR", 'Signé "Thibaut Lavergne, responsable qualité". La qualité de quoi'),
    ("ES", "El dueño, que se llama Saturnino Paredes, no contesta"),
    ("IT", "Il titolare, Evaristo Colombini, non risponde"),
    ("IT", 'Mi firmava le email "Piergiorgio Santachiara, direzione"'),
    ("BR", "Quem cuida das trocas é uma tal de Dulcineia Brandão Farias"),
    ("NL", "Ene Gijsbert van Oldeveen (zo ondertekent hij) stuurt geen cent terug"),
    ("NL", "Gerbrand Kuiper van de klantenservice liegt"),
    ("SE", "Fick svar av en Lars-Göran Hedvall att sandaler inte är till för att gå i"),
    ("SE", "Jonny Bergsjö heter killen, undvik"),
    ("PL", "Odpisał mi niejaki Zenon Wąsiewicz, chamsko"),
    ("JP", "差出人は伏見洋一郎、個人名でした"),
    ("JP", "電話で三浦大輝と名乗る男に怒鳴られた"),
    ("CN", "一个叫秦小川的售后回我说活该"),
    ("TW", "客服林佳蓉小姐態度超差"),
    # spelled addresses
    ("DE", "schreibt an retoure punkt lampe ät postkasten minus nord punkt example"),
    ("IT", "scrivere a assistenza chiocciola casalume trattino nord punto example"),
    ("NL", "mailen naar klacht apenstaartje fietsgoed streepje sint punt example"),
    ("PL", "pisać na biuro małpa sklep myślnik lampa kropka pl"),
    # telephones
    ("US", "The number's (555) 014-2277 if you like to hear a man eat chips"),
    ("FR", "Au 09 99 87 00 41, une boîte vocale pleine. Depuis juin."),
    ("MX", "me dieron este numero 33 1000 0284 para la garantia y suena ocupado"),
    ("SE", "Han ringde mig från 070-555 01 28 och var otrevlig"),
    ("US", "call them on five five five oh one four two two seven, nobody picks up"),
    ("CN", "卖家电话一三八零零零零七七一四,倒是接了"),
    ("CN", "退款要加微信 lampu_cangku04 才给办,加了又不通过"),
    # addresses
    ("US", "Shipped from 88 Ferncliff Ave Apt 3, Yonkers"),
    ("UK", "They run this out of a semi, 38 Larkspur Drive, Wexcombe. I drove past."),
    ("DE", "der soll hinfahren: Ahornweg 17b in Kleinbrommbach, da sitzen die im Keller"),
    ("ES", "Me obligaron a devolverlo a Camino del Burro 15, nave 3, 00888 Aldeanada"),
    ("FR", "adresse de retour : 22, rue du Faubourg Saint-Martin"),
    ("BR", "Pra troca mandaram levar na Rua das Acácias, 310, sala 4. Moro em Rondônia."),
    ("NL", "terugbrengen naar Klaprozenpad 31 in Wijchen, woonhuis"),
    ("PL", "Zwrot trzeba wysłać na ul. Kwiatową 7 m. 3, Radom"),
    ("JP", "返送先が長野県松本市蟻ヶ崎台九丁目四番十二号の民家"),
    ("CN", "退货地址让我寄到广州市白云区石榴岗路88巷6号402"),
]
TRAPS = [
    # works, brands, saints, places and shops
    ("PL", "Zamówiłam płytę Czesława Niemena, przyszła Maryla Rodowicz"),
    ("PL", "Figurka Pan Jezus Miłosierny wyblakła"),
    ("IT", "Da vicino, San Giuseppe ha un occhio sulla guancia"),
    ("IT", "Un capo Luisa Spagnoli infeltrito, scarpe uomo Nero Giardini strette"),
    ("NL", "Annie M.G. Schmidt besteld, Paul van Loon gekregen"),
    ("SE", "beställde Camilla Läckberg, fick en kokbok"),
    ("DE", "Der Vogelhäuschen-Bausatz sollte ein Nachmittag mit dem Enkel werden"),
    ("US", "somebody has drawn hotels on Old Kent Road, called it a game"),
    ("FR", "Le vendeur s'appelle Casa Bonita"),
    ("DE", "Der Verkäufer heißt Alpha Lampen Handel"),
    ("US", "The seller is Lumen Gardens, the reply from Amazon Support was rude"),
    ("SE", "Butiken kallar sig Stora Lampan"),
    # given names or surnames alone, the buyer
    ("DE", "ein gewisser Detlef hat aufgelegt"),
    ("US", "a certain Kevin told me off"),
    ("NL", "ene Wiebrand nam op"),
    ("JP", "担当の佐藤さんという方、敬語を知らない"),
    ("JP", "三枝と名乗る男が電話に出た"),
    ("US", "I never got it. Kind regards, Nigel Frobisher"),
    ("SE", "Vänliga hälsningar, Lars-Göran Hedvall"),
    ("US", "call me at 775-555-0148"),
    ("CN", "我的微信 abc_12345 加我"),
    ("DE", "Ich wohne Ahornweg 17b, nichts kam an"),
    ("BR", "Moro na Rua das Acácias, 310, não chegou"),
    ("JP", "自宅の東京都港区芝公園4-2-8に届かない"),
    ("NL", "afgeleverd op Klaprozenpad 31 in plaats van 13"),
    # other numbers and words
    ("DE", "Im Baumarkt 8 Euro billiger"),
    ("DE", "Größe 42 passt nicht, Umweg 3 Tage"),
    ("US", "one two three four five six seven pieces missing"),
    ("CN", "一二三四五六七八九十个零件"),
    ("IT", "Art. 0583 21 44 790, la ventola gracchia"),
    ("US", "ISBN 978-0-306-40615-7 busy cover"),
    ("SE", "Kom fram på punkt och pricka a la Ikea"),
    ("PL", "małpa z pluszu. Kropka na nosie."),
    ("US", "At one point it said the parcel was in Halifax dash"),
    ("CN", "说明书写的不清楚,电话打不出去"),
    ("JP", "メールの返事が遅いと思って待っている"),
]


def _is_asked(comment: str, marketplace: str) -> bool:
    case = CommentCase(comment, 1, FulfillmentChannel.MFN, marketplace=marketplace)
    judged = judge([case], load_rule_book())[0]
    return (judged.verdict, judged.ground) == (
        JudgedVerdict.REQUEST,
        Ground.PERSONAL_INFORMATION,
    )


@pytest.mark.parametrize(("marketplace", "comment"), FINDS)
def test_whoever_deals_with_buyers_is_found(marketplace: str, comment: str) -> None:
    assert _is_asked(comment, marketplace)


@pytest.mark.parametrize(("marketplace", "comment"), TRAPS)
def test_what_only_looks_like_personal_data_is_left(marketplace: str, comment: str) -> None:
    assert not _is_asked(comment, marketplace)
