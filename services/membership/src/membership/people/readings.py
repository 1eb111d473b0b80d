"""How names are read: pinyin with the readings of surnames, and traditional characters as simplified ones. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product

from opencc import OpenCC
from pypinyin import Style, pinyin

SURNAMES: Mapping[str, tuple[str, ...]] = {
    "单": ("shan",), "仇": ("qiu",), "解": ("xie",), "区": ("ou",), "曾": ("zeng",), "查": ("zha",), "朴": ("piao",),
    "任": ("ren",), "华": ("hua",), "燕": ("yan",), "应": ("ying",), "宁": ("ning",), "盖": ("ge", "gai"),
    "乐": ("yue", "le"), "员": ("yun",), "缪": ("miao",), "种": ("chong",), "覃": ("qin", "tan"), "翟": ("zhai",),
    "召": ("shao",), "冼": ("xian",), "黑": ("he",), "秘": ("bi",), "晁": ("chao",), "都": ("du",), "句": ("gou",),
    "繁": ("po",), "折": ("she",), "车": ("che",), "牟": ("mu", "mou"), "洗": ("xian",), "重": ("chong",),
    "贾": ("jia",), "沈": ("shen",), "石": ("shi",), "葛": ("ge",), "乜": ("nie",), "尉": ("wei",), "柏": ("bai", "bo"),
    "薄": ("bo",), "卜": ("bu",), "晟": ("cheng",), "谌": ("chen", "shen"), "郗": ("xi", "chi"), "洪": ("hong",),
    "过": ("guo",), "隗": ("wei", "kui"), "纪": ("ji",), "哈": ("ha",), "阚": ("kan",), "宓": ("mi", "fu"),
    "万": ("wan",), "行": ("xing",), "那": ("na",), "幺": ("yao",), "祭": ("zhai",), "粘": ("nian",), "隽": ("juan",),
}  # fmt: skip
"""Readings as a surname, where they differ from the usual one or could be mistaken."""
COMPOUND: Mapping[str, tuple[str, ...]] = {
    "单于": ("chan", "yu"), "尉迟": ("yu", "chi"), "长孙": ("zhang", "sun"), "万俟": ("mo", "qi"),
    "澹台": ("tan", "tai"), "欧阳": ("ou", "yang"), "上官": ("shang", "guan"), "司马": ("si", "ma"),
    "诸葛": ("zhu", "ge"), "夏侯": ("xia", "hou"), "皇甫": ("huang", "fu"), "令狐": ("ling", "hu"),
    "宇文": ("yu", "wen"), "慕容": ("mu", "rong"), "司徒": ("si", "tu"), "端木": ("duan", "mu"),
}  # fmt: skip
_MOST = 8
"""Combinations of readings that are kept of one name."""
_HAN = re.compile(r"[㐀-䶿一-鿿𠀀-𯨟]")
_LONGEST = 60


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def folded(text: str) -> str:
    """One spelling for what people type: simplified, half width, small letters, without spaces and marks."""
    plain = unicodedata.normalize("NFKC", text)
    if _HAN.search(plain):
        plain = _to_simplified().convert(plain)
    plain = plain.lower().replace("ü", "v")
    apart = unicodedata.normalize("NFD", plain)
    return "".join(one for one in apart if unicodedata.category(one)[0] not in ("Z", "P", "M", "S", "C"))


def syllables(name: str) -> list[list[str]]:
    """The name's readings, each a list of syllables; empty for a name without Chinese characters."""
    han = [one for one in folded(name) if _HAN.match(one)]
    if not han:
        return []
    begin: Sequence[Sequence[str]]
    text = "".join(han)
    if text[:2] in COMPOUND and len(han) > 2:
        begin = [[one] for one in COMPOUND[text[:2]]]
    elif han[0] in SURNAMES:
        begin = [list(SURNAMES[han[0]])]
    else:
        begin = [_readings(han[0])[:1]]
    rest = [_readings(one)[:2] for one in han[len(begin) :]]
    combinations = [list(one) for one in product(*begin, *rest)]
    return combinations[:_MOST]


def _readings(character: str) -> list[str]:
    [found] = pinyin(character, style=Style.NORMAL, heteronym=True, v_to_u=False)
    return [one.replace("ü", "v") for one in found]


def name_keys(name: str) -> set[str]:
    """Everything that the beginning of a search for this name may be: from any of its characters on, in characters,
    in pinyin, or in initials."""
    plain = folded(name)
    keys: set[str] = set()
    if _HAN.search(plain):
        keys |= {plain[start:] for start in range(len(plain))}
    else:
        words = [folded(word) for word in re.split(r"[\s_.·-]+", name) if folded(word)]
        keys |= {"".join(words[start:]) for start in range(len(words))}
    for reading in syllables(name):
        for start in range(len(reading)):
            said = "".join(reading[start:])
            keys |= {said, "".join(one[0] for one in reading[start:])}
            if "v" in said:
                keys |= {said.replace("v", "u"), said.replace("v", "yu")}
    return {key[:_LONGEST] for key in keys if key}


def sort_key(name: str) -> str:
    """What people are sorted by, compared byte by byte: each character's reading and then the character itself, so
    that one surname stands together; words without Chinese characters as they are spelled."""
    readings = syllables(name)
    said = iter(readings[0] if readings else ())
    parts = []
    for word in name.split():
        for part in re.findall(r"[a-z0-9]+|.", folded(word)):
            parts.append(f"{next(said)} {part}" if _HAN.match(part) else part)
    return " ".join(parts)[:200]
