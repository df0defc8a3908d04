"""The hotline's words: types of demand, channels, reasons of refusal, the answers of a follow-up."""

from django.db.models import IntegerChoices, TextChoices


class RequestType(TextChoices):
    """Types of demand (诉求类型)."""

    CONSULTATION = "consultation", "咨询"
    HELP = "help", "求助"
    SUGGESTION = "suggestion", "意见建议"
    COMPLAINT = "complaint", "投诉"
    REPORT = "report", "举报"
    PRAISE = "praise", "表扬"


class Channel(TextChoices):
    """How a demand reached the hotline (诉求渠道)."""

    PHONE = "phone", "电话"
    WEBSITE = "website", "网站"
    YUESHENGSHI = "yueshengshi", "粤省事"
    YUESHANGTONG = "yueshangtong", "粤商通"
    SERVICE_NET = "service_net", "广东政务服务网"
    WECHAT = "wechat", "微信公众号"
    YUEZHIZHU = "yuezhizhu", "粤智助"
    YUEGONGPING = "yuegongping", "粤公平"
    DEPARTMENT_LINE = "department_line", "部门热线转入"
    POLICE_110 = "police_110", "110联动"
    LEADERS_BOARD = "leaders_board", "人民网领导留言板"
    STATE_COUNCIL = "state_council", "国务院“互联网+督查”"
    QR_CODE = "qr_code", "扫码"
    MAYORS_BOX = "mayors_box", "市长信箱"


class RejectReason(IntegerChoices):
    """Why the hotline refuses a demand (不予受理事由, 汕头市办法①–⑥ and 国办发〔2020〕53号)."""

    ELSEWHERE = 1, "不属于本省（市）管辖"
    NOT_GOVERNMENT = 2, "属党委、人大、政协、法院、检察院、民主党派、社会团体职责"
    MILITARY = 3, "涉及军队、武警"
    EMERGENCY = 4, "应由110、119、120、122等紧急热线受理"
    LEGAL_ROUTE = 5, "应当或正在通过诉讼、仲裁、纪检监察、行政复议、信访、政府信息公开办理"
    REPEATED = 6, "正在依法办理或已办结，以同一事实和理由重复提出且无新情况"
    SECRET = 7, "涉及国家秘密、商业秘密、个人隐私或违反公序良俗"
    NUISANCE = 8, "恶意骚扰或无效来电"


class Ending(TextChoices):
    """How an order ended (归档 follows each)."""

    REJECTED = "rejected", "不予受理"
    ANSWERED = "answered", "直接办结"
    WITHDRAWN = "withdrawn", "撤单"
    CLOSED = "closed", "结案"


class Solved(TextChoices):
    """Whether the matter is solved, in the caller's words (是否解决)."""

    SOLVED = "solved", "解决"
    MOSTLY = "mostly", "基本解决"
    UNSOLVED = "unsolved", "未解决"


class Satisfied(TextChoices):
    """Whether the caller is satisfied with how it was handled (办理满意)."""

    SATISFIED = "satisfied", "满意"
    MOSTLY = "mostly", "基本满意"
    DISSATISFIED = "dissatisfied", "不满意"


class Deadline(TextChoices):
    """What has a deadline on the straight path."""

    DISPATCH = "dispatch", "派单"
    SIGN = "sign", "签收"
    FIRST_CONTACT = "first_contact", "首次联系"
    ANSWER = "answer", "办理答复"
    FOLLOW_UP = "follow_up", "回访"
