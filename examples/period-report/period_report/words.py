"""What people read, in Chinese and English."""

TITLE = ("服务情况报表", "Report of a period")
BODY_NAMES = {
    "party": ("党委", "Party"),
    "union": ("工会", "Union"),
    "league": ("团委", "League"),
    "women": ("妇联", "Women"),
    None: ("合计", "Together"),
}
MEASURE_NAMES = {
    "talks_received": ("谈心接待", "Talks received"),
    "disputes_settled": ("调解成功", "Disputes settled"),
    "disputes_unsettled": ("调解未成", "Disputes not settled"),
    "families_visited": ("走访家庭", "Families visited"),
    "families_helped": ("帮扶家庭", "Families helped"),
    "amount_paid": ("发放金额（元）", "Paid out, yuan"),
    "activities": ("活动", "Activities"),
    "attendance": ("参加人次", "Attendance"),
}
LANGUAGES = {"zh": (0,), "en": (1,), "both": (0, 1)}


def words(names: tuple[str, str], language: str) -> str:
    return " ".join(names[position] for position in LANGUAGES[language])
