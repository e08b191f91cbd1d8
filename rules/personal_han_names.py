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
_END_ZH: Final = (
    r"(?=[，,。.！!？?；;、:：\s的（(\"”」]|先生|女士|小姐|经理|老板|说|态度|骂|电话|在电话|就是|$)"
)
_CHINESE: Final = re.compile(
    rf"(?<![我你它])(?:名叫|名字是|名字叫|叫做|老板娘?叫|老板娘?是|老闆叫|店主叫|店长叫|经理叫|客服叫|卖家叫|负责人叫|负责人是|人叫|的叫)[：:\s]?({_SHORT_ZH}){_END_ZH}"
    rf"|(?:经理|老板娘|老板|客服|店长|店主|负责人|卖家|店员|联系人|收件人|主管|寄给|退给|打给|联系)[：:\s是为叫]{{0,2}}({_FULL_ZH}){_END_ZH}"
    rf"|(?:个|那个|那位|经理[,，]|店长[,，]|个人)叫({_FULL_ZH})(?=的(?:客服|店员|店主|小姐|女士|先生|人|接)|[,，。])"
    rf"|(?:自称店长|自稱店長|自称经理|自稱經理)的({_FULL_ZH})(?=小姐|女士|先生|[,，。])"
    rf"|(?<![\u4e00-\u9fff])({_FULL_ZH})(?=先生|女士|小姐|经理|店长|[，,]就是[她他])"
)


_TITLES_JA: Final = ("さん", "様", "さま", "氏", "と名乗")
_NEEDED: Final = (
    (*_TITLES_JA, "という", "って", "と書", "」", "』"),
    ("店長", "店主", "社長", "責任者", "担当", "代表", "店員", "係", "オーナー", "出品者"),
    (
        "名叫", "名字", "叫做", "老板", "老闆", "个叫", "那位叫", "自稱", "店主叫", "店长", "经理", "客服", "卖家", "负责人", "人叫", "的叫", "店员",
        "联系", "店主", "收件人", "主管", "寄给", "退给", "打给", "先生", "女士", "小姐", "就是",
    ),
    _TITLES_JA,
)  # fmt: skip
"""For each of the patterns the words of which it needs one."""
_PATTERNS: Final = (_LISTED_JAPANESE, _CUED_JAPANESE, _CHINESE, _POSSIBLE_JAPANESE)
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
