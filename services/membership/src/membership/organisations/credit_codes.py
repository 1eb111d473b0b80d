"""The unified social credit code of enterprises (GB 32100-2015): 18 characters, the last one a check character."""

import re
import unicodedata

from stdnum.cn import uscc

_FORM = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


def normalised(text: str) -> str:
    """Without spaces and hyphens, half width, capital letters."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()


def is_valid(code: str) -> bool:
    """Whether form and check character are right (section 4 and annex A). Takes a normalised code."""
    return _FORM.fullmatch(code) is not None and code[-1] == uscc.calc_check_digit(code)
