"""Full names in Chinese characters: a listed surname and a given name beside a word that tells whose name it is."""

import re
from collections.abc import Iterator
from typing import Final

from rules.judgement import Span
from rules.personal_cues import cues
from rules.text_guard import TextGuard

_HAN: Final = r"[\u3005\u4e00-\u9fff]"
_SURNAMES_JA: Final = cues().parts["japanese_surname"]
_JA: Final = "|".join(sorted(_SURNAMES_JA, key=len, reverse=True))
_AFTER_JA: Final = r"(?=さん|様|さま|氏|という|って|と名乗|と書|」|』)"
_NO_GIVEN_JA: Final = r"(?!さん|さま|くん|ちゃん|たち|という|です|より|から|まで|店長|部長|社長|課長|担当|係長|主任|専務|会長|代表|所長|様|氏|商店|商会|電機|工業|運輸|[員者屋店社局宅駅]さん|[員者屋店社局]様|[\u4e00-\u9fff]{0,2}[産県市町屋店駅製社局号園])"
_LISTED_JAPANESE: Final = re.compile(
    rf"(?<!{_HAN})((?!(?:{_JA})(?:さん|様|さま|氏|という|って|と名乗|と書|」|』))(?:{_JA}){_NO_GIVEN_JA}(?:[\s\u3000・]?(?:{_HAN}{{1,3}}|[\u3041-\u3096]{{2,4}}?|[\u30a1-\u30fa]{{2,5}}))){_AFTER_JA}"
)
_ROLE_JA: Final = r"(?:店長|店主|社長|責任者|担当者|担当|代表取締役|代表|店員|係|オーナー|出品者)"
_AFTER_LABELLED_JA: Final = r"(?=と|さん|様|さま|氏|[」』）)]|です|でし|だ|が|は|に|から|の|を|も|って|、|。|本人|[\s\u3000]|$)"
_GIVEN_JA: Final = rf"[\s\u3000・]?(?:{_HAN}{{1,3}}|[\u3041-\u3096]{{2,4}}?|[\u30a1-\u30fa]{{2,5}})"
_LABELLED_JAPANESE: Final = re.compile(
    rf"(?:店長|店主|社長|責任者|担当者?|対応者?|代表(?:取締役|者)?|店員|オーナー|出品者|販売者|販売業者|運営者|差出人|送り主|送り状|発送者|発送元|名前|氏名|署名|名義|宛名|宛先|フルネーム|本名|配送員|配達員|ドライバー|運転手|営業|スタッフ|受付|サポート|カスタマー|社員|従業員|販売員|オペレーター|隣)"
    rf"(?:[^、。!！?？\n]{{0,8}}?(?<!{_HAN}))?((?:{_JA}){_NO_GIVEN_JA}{_GIVEN_JA}){_AFTER_LABELLED_JA}"
)
_SAID_JAPANESE: Final = re.compile(
    rf"(?<!{_HAN})((?!担当|店員|店主|店長|社長|責任|代表|全額|返品|返金|交換|商品|新品|中古|送料|当店|弊社|本社|正規|純正|保証)(?:{_HAN}{{4,5}}|{_HAN}{{2,3}}[\s\u3000・]{_HAN}{{1,3}}|{_HAN}{{2,3}}(?!さん|さま|くん|ちゃん|とい|と名|って)[\u3041-\u3096]{{2,3}}|(?:{_JA}){_HAN}{{1,2}})(?<![員者屋店方主元社業客局機園駅話製様氏殿]))"
    rf"(?=と名乗|と名のる|と申し|という(?:担当|人|男|女|方|者|スタッフ|店員|社員|責任|店長|オペレ|配達|配送)|って(?:人|男|女|いう(?:人|男|女|担当|店員)))"
)
_CUED_JAPANESE: Final = re.compile(
    rf"{_ROLE_JA}(?:は|の|が|：|:|・|\s|\u3000|「|『){{0,3}}((?:{_JA}){_NO_GIVEN_JA}[\s\u3000]?(?:{_HAN}{{1,3}}|[\u3041-\u3096]{{2,4}})(?=と|さん|様|氏|」|』|です|が|は|に|から|の|、|。|\s|$)|{_HAN}{{1,4}}[\s\u3000・]{_HAN}{{1,3}}(?=さん|様|氏|」|』|と|が|は|に|、|。|$)|(?![^」』]{{0,5}}[員者屋店社局]){_HAN}{{4}}(?=さん|様|氏|」|』|という|と名乗)|{_HAN}{{2,4}}(?!さん|さま|くん|ちゃん|たち|という|です)[\u3041-\u3096]{{2,4}}(?=さん|」|』|と書|と名乗|という))"
)
_POSSIBLE_JAPANESE: Final = re.compile(
    rf"(?<!{_HAN})((?:{_HAN}{{2,3}}[\s\u3000・]{_HAN}{{1,3}}|{_HAN}{{3,5}})(?<![員者店屋方主元人局社業客長機園駅])(?<!会社))(?=さん|様|氏|と名乗)"
)
_COMPOUND_ZH: Final = "欧阳|歐陽|司马|上官|诸葛|东方|慕容|皇甫|尉迟|公孙|令狐|司徒|夏侯|端木"
_SURNAMES_ZH: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許呂盧賈葉閻戴鍾范譚鄒陸龍錢湯賴龔龐蘭嚴溫蘆韋畢聶叢樂紀項衛簡"
_NO_GIVEN_ZH: Final = "了的不吗呢吧啊过着没货款费人钱后前个这那我你他她它们是有在就都还很太也要会说来去给到被把让退换发寄送买卖收店客服单号邮件流递裹打骂骗电话关总哥姐叔老经理先女师度间候面法便末常上下边位址力心错排好差慢坏验查装量质"
_FREE: Final = rf"(?:(?![{_NO_GIVEN_ZH}])[\u4e00-\u9fff])"
_FULL_ZH: Final = rf"(?:(?:{_COMPOUND_ZH}){_FREE}{{1,2}}|[{_SURNAMES_ZH}]{_FREE}{{2}})"
_SHORT_ZH: Final = rf"(?:{_FULL_ZH}|[{_SURNAMES_ZH}]{_FREE})"
_END_ZH: Final = r"(?=[，,。.！!？?；;、:：\s的（(\"”」]|先生|女士|小姐|经理|老板|说|說|态度|態度|骂|罵|电话|電話|在电话|就是|亲自|親自|跟我|對我|对我|回我|叫我|让我|讓我|给我|給我|拒绝|拒絕|拉黑|打电话|直接|本人|把|将|將|不|没|沒|也|都|就|还|還|又|小姐|先生|女士|」|』|\)|$)"
_CHINESE: Final = re.compile(
    rf"(?<![我你它])(?:名叫|名字是|名字叫|叫做|老板娘?叫|老板娘?是|老闆叫|店主叫|店长叫|经理叫|客服叫|卖家叫|负责人叫|负责人是|人叫|的叫)[：:\s]?({_SHORT_ZH}){_END_ZH}"
    rf"|(?:经理|經理|老板娘|老板|老闆娘|老闆|客服|店长|店長|店主|负责人|負責人|卖家本人|賣家本人|卖家|賣家|店员|店員|联系人|聯絡人|收件人|收货人|寄件人|主管|售后|司机|快递员|师傅|師傅|邻居|寄给|寄給|退给|退給|打给|联系)[：:\s是为叫]{{0,2}}({_FULL_ZH}){_END_ZH}"
    rf"|(?:[，,]|真名|就)叫({_FULL_ZH}){_END_ZH}"
    rf"|(?:负责|負責|客服|售后|售後|老板|快递|送货|送貨|司机|店里|店裡|仓库|倉庫)[^，。,！!？?\n]{{0,5}}?的({_FULL_ZH}){_END_ZH}"
    rf"|(?:个|個|那个|那個|那位|位|经理[,，]|店长[,，]|个人|名)叫({_FULL_ZH})(?=的(?:客服|店员|店員|店主|小姐|女士|先生|人|接|售后|主管|经理|經理|老板|老闆|男|女|家伙|快递)|[,，。])"
    rf"|(?:发货人|發貨人|寄件人|收件人|收货人|收貨人|法人|联系人|聯絡人|真名|姓名|本名|署名|落款|自称|自稱|名字)[^，。,！!？?\n]{{0,9}}?(?<![{_SURNAMES_ZH}])({_FULL_ZH}){_END_ZH}"
    rf"|(?:自称|自稱|收件人|收货人|收貨人|寄件人|发货人|發貨人|写|寫|署名|落款)[：:\s是为為「『“\"叫写寫]{{0,3}}({_FULL_ZH}){_END_ZH}"
    rf"|(?<=[的是找给給跟和位由向对對被让讓有])({_FULL_ZH})(?=先生|女士|小姐|经理|經理|店长|店長)"
    rf"|(?:自称店长|自稱店長|自称经理|自稱經理)的({_FULL_ZH})(?=小姐|女士|先生|[,，。])"
    rf"|(?<![\u4e00-\u9fff])({_FULL_ZH})(?=先生|女士|小姐|经理|經理|店长|店長|[,，]就是[她他])"
)


_TITLES_JA: Final = ("さん", "様", "さま", "氏", "と名乗")
_NEEDED: Final = (
    (*_TITLES_JA, "という", "って", "と書", "」", "』"),
    ("店長", "店主", "社長", "責任者", "担当", "代表", "店員", "係", "オーナー", "出品者"),
    (
        "名叫", "名字", "叫做", "老板", "老闆", "个叫", "那位叫", "自稱", "店主叫", "店长", "经理", "客服", "卖家", "负责人", "人叫", "的叫", "店员",
        "联系", "店主", "收件人", "收货人", "收貨人", "寄件人", "发货人", "發貨人", "法人", "聯絡人", "真名", "姓名", "本名", "署名", "落款", "自称", "經理", "店長", "店員", "負責人", "賣家", "售后", "售後", "师傅", "師傅", ",叫", "，叫", "就叫", "负责", "負責", "快递", "送货", "送貨", "店里", "店裡", "仓库", "倉庫", "司机", "快递员", "邻居", "名叫", "位叫", "個叫", "个叫", "寄給", "退給", "写", "寫", "主管", "寄给", "退给", "打给", "先生", "女士", "小姐", "就是",
    ),
    (
        "店長", "店主", "社長", "責任者", "担当", "対応", "代表", "店員", "オーナー", "出品者", "販売者", "販売業者", "運営者", "差出人", "送り主", "送り状", "発送者", "発送元",
        "名前", "氏名", "署名", "名義", "宛名", "宛先", "フルネーム", "本名", "配送員", "配達員", "ドライバー", "運転手", "営業", "スタッフ", "受付", "サポート", "カスタマー", "社員", "従業員", "販売員", "オペレーター", "隣",
    ),
    ("と名", "と申し", "という", "って"),
    _TITLES_JA,
)  # fmt: skip
"""For each of the patterns the words of which it needs one."""
_PATTERNS: Final = (
    _LISTED_JAPANESE,
    _CUED_JAPANESE,
    _CHINESE,
    _LABELLED_JAPANESE,
    _SAID_JAPANESE,
    _POSSIBLE_JAPANESE,
)
_POSSIBLE: Final = _PATTERNS.index(_POSSIBLE_JAPANESE)
_LISTED: Final = _PATTERNS.index(_LISTED_JAPANESE)
_GUARD: Final = TextGuard(_NEEDED)
_SURNAMES: Final = TextGuard([_SURNAMES_JA])


def find_han_names(text: str) -> list[Span]:
    """Spans of `full_name` and, where a surname is not listed, `possible_name`."""
    if text.isascii():
        return []
    spans: list[Span] = []
    for number in sorted(_GUARD.worth_trying(text)):
        matches = _listed(text) if number == _LISTED else _PATTERNS[number].finditer(text)
        for match in matches:
            start, end = match.span(match.lastindex or 0)
            if match.group(match.lastindex or 0) in _SURNAMES_JA:
                continue
            if not any(s.start < end and start < s.end for s in spans):
                kind = "possible_name" if number == _POSSIBLE else "full_name"
                spans.append(Span(start, end, kind))
    return spans


def _listed(text: str) -> Iterator[re.Match[str]]:
    """Names that begin with a listed surname; hundreds of surnames are not tried at every character."""
    after = 0
    for place in _SURNAMES.places(text):
        match = _LISTED_JAPANESE.match(text, place) if place >= after else None
        if match is not None:
            after = match.end()
            yield match
