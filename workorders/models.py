"""Work orders (工单), their assignments to units (承办任务), the attempts to follow them up (回访), and phone calls (话务)."""

from typing import ClassVar

from django.db import models

from workorders.lifecycle import AssignmentState, CallState, OrderState
from workorders.vocabulary import Channel, Ending, RejectReason, RequestType, Satisfied, Solved


class WorkOrder(models.Model):
    """A demand from receipt to archive: who, what, where, how it is handled and what came of it."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey("sandbox.Sandbox", on_delete=models.CASCADE, db_index=False)
    number = models.CharField("工单编号", max_length=40)
    channel = models.CharField("渠道", max_length=20, choices=Channel)
    caller = models.ForeignKey("identity.Party", on_delete=models.CASCADE, db_index=False)
    text = models.TextField("诉求内容")
    place = models.CharField("地点", max_length=200, blank=True)
    confidential = models.BooleanField("保密", default=False)
    received_at = models.DateTimeField("接收时间")

    type = models.CharField("诉求类型", max_length=12, choices=RequestType, blank=True)
    category = models.CharField("类目", max_length=4, blank=True)
    region = models.CharField("地区", max_length=9, blank=True)
    urgent = models.BooleanField("紧急", default=False)
    category_confidence = models.SmallIntegerField("类目识别把握（%）", default=0)
    place_confidence = models.SmallIntegerField("地点识别把握（%）", default=0)

    state = models.CharField("状态", max_length=20, choices=OrderState, default=OrderState.PENDING_ACCEPT)
    ending = models.CharField("结果", max_length=10, choices=Ending, blank=True)
    accepted_at = models.DateTimeField("受理时间", null=True)
    dispatch_by = models.DateTimeField("派单期限", null=True)
    due_at = models.DateTimeField("办理期限", null=True)
    unit = models.CharField("承办单位", max_length=20, blank=True)
    assignment = models.ForeignKey(  # the one it is in now; no constraint, as that row points back
        "Assignment", on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    dispatches = models.SmallIntegerField("派单次数", default=0)
    completed_at = models.DateTimeField("部门办结时间", null=True)
    follow_up_by = models.DateTimeField("回访期限", null=True)
    follow_ups = models.SmallIntegerField("本轮回访次数", default=0)
    redo_count = models.SmallIntegerField("重办次数", default=0)
    redo_by = models.DateTimeField("重办期限", null=True)
    watch_at = models.DateTimeField("下一次核对期限", null=True)
    closed_at = models.DateTimeField("结束时间", null=True)
    archived_at = models.DateTimeField("归档时间", null=True)
    reject_reason = models.SmallIntegerField("不予受理事由", choices=RejectReason, null=True)
    answer = models.TextField("答复内容", blank=True)
    article = models.CharField("知识库条目", max_length=12, blank=True)  # that the intelligent agent answered from
    article_confidence = models.SmallIntegerField("知识库条目把握（%）", null=True)  # null: not from an article
    remark = models.TextField("说明", blank=True)  # of a withdrawal, or of closing without a follow-up
    solved = models.CharField("是否解决", max_length=10, choices=Solved, blank=True)
    satisfied = models.CharField("是否满意", max_length=12, choices=Satisfied, blank=True)

    written_once: ClassVar = ("number", "channel", "caller", "text", "place", "confidential", "received_at")

    class Meta:
        verbose_name = "工单"
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "number"], name="work_order_number_once"),
        ]
        indexes = [  # a sandbox's rows are those of a range of ids (`sandbox.ids.within`)
            models.Index(fields=["state", "id"], name="work_order_by_state"),
            models.Index(fields=["unit", "id"], name="work_order_by_unit"),
        ]

    def __str__(self) -> str:
        return self.number


class Assignment(models.Model):
    """One handing of an order to one unit: its own clocks, and its own answer."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey("sandbox.Sandbox", on_delete=models.CASCADE, db_index=False)
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="assignments")
    position = models.SmallIntegerField("第几次派单")
    unit = models.CharField("承办单位", max_length=20)
    rule = models.CharField("派单规则", max_length=40, blank=True)  # the rule that fired; empty: a person chose
    state = models.CharField("状态", max_length=16, choices=AssignmentState, default=AssignmentState.TO_SIGN)
    dispatched_at = models.DateTimeField("派单时间")
    sign_by = models.DateTimeField("签收期限")
    signed_at = models.DateTimeField("签收时间", null=True)
    contact_by = models.DateTimeField("首次联系期限", null=True)
    contacted_at = models.DateTimeField("联系时间", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answer = models.TextField("答复内容", blank=True)
    solved = models.CharField("是否解决", max_length=10, choices=Solved, blank=True)
    return_reason = models.TextField("退单理由", blank=True)
    return_basis = models.TextField("退单依据", blank=True)
    suggested_unit = models.CharField("建议单位", max_length=20, blank=True)
    review_remark = models.TextField("审核意见", blank=True)

    written_once: ClassVar = ("order", "position", "unit", "rule", "dispatched_at", "sign_by")

    class Meta:
        verbose_name = "承办任务"

    def __str__(self) -> str:
        return f"{self.unit} 第 {self.position} 次"


class FollowUp(models.Model):
    """One attempt to ask the caller three questions: contacted, solved, satisfied."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey("sandbox.Sandbox", on_delete=models.CASCADE, db_index=False)
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="follow_up_attempts")
    attempt = models.SmallIntegerField("第几次")
    at = models.DateTimeField("时间")
    intelligent = models.BooleanField("智能回访", default=False)  # made by the system; else by a person
    reached = models.BooleanField("接通")
    contacted = models.BooleanField("承办单位是否联系", null=True)
    solved = models.CharField("是否解决", max_length=10, choices=Solved, blank=True)
    satisfied = models.CharField("是否满意", max_length=12, choices=Satisfied, blank=True)
    reasonable = models.BooleanField("诉求合理", default=True)
    remark = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = "回访"

    def __str__(self) -> str:
        return f"第 {self.attempt} 次回访"


class PhoneCall(models.Model):
    """One call to a hotline (话务): it waits until a seat or the intelligent agent answers, or is lost."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey("sandbox.Sandbox", on_delete=models.CASCADE, db_index=False)
    number = models.CharField("编号", max_length=20)
    hotline = models.CharField("热线", max_length=6)  # the city's region; the province's for the provincial platform
    caller = models.ForeignKey("identity.Party", on_delete=models.CASCADE, db_index=False)
    state = models.CharField("状态", max_length=8, choices=CallState, default=CallState.WAITING)
    offered_at = models.DateTimeField("呼入时间")
    ended_waiting_at = models.DateTimeField("接通或放弃时间", null=True)
    intelligent = models.BooleanField("智能客服接听", default=False)
    order_number = models.CharField("工单编号", max_length=40, blank=True)

    written_once: ClassVar = ("number", "hotline", "caller", "offered_at")

    class Meta:
        verbose_name = "话务"
        constraints = [models.UniqueConstraint(fields=["sandbox", "number"], name="phone_call_number_once")]
        indexes = [models.Index(fields=["state", "id"], name="phone_call_by_state")]

    def __str__(self) -> str:
        return self.number
