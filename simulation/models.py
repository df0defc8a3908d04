"""What only the simulation knows: the story behind an order, the seats of a hotline, and the calls of a file."""

from typing import ClassVar

from django.db import models


class Story(models.Model):
    """What a simulated caller's matter really is, as a person would understand it, and which test person
    (persona) calls. Shares its order's number. A persona's own words are not known: its `type` is empty then.
    """

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey("sandbox.Sandbox", on_delete=models.CASCADE, db_index=False)
    type = models.CharField("诉求类型", max_length=12)
    category = models.CharField("类目", max_length=4)
    region = models.CharField("地区", max_length=9)
    reject = models.SmallIntegerField("应不予受理的事由", null=True)
    persona = models.CharField("测试人物", max_length=20, blank=True, default="")

    written_once: ClassVar = ("type", "category", "region", "reject")

    class Meta:
        verbose_name = "来电背后的事实"

    def __str__(self) -> str:
        return f"{self.type} {self.category} {self.region} {self.persona}".strip()

    @property
    def known(self) -> bool:
        """Whether the matter itself is known, and not only who calls."""
        return bool(self.type)


class Dialling(models.Model):
    """Which of the simulated calls a phone call is, and the how-manieth time it is tried. Shares the call's number."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey("sandbox.Sandbox", on_delete=models.CASCADE, db_index=False)
    index = models.IntegerField("第几个来电")
    attempt = models.SmallIntegerField("第几次拨打")

    written_once: ClassVar = ("index", "attempt")

    class Meta:
        verbose_name = "拨打"

    def __str__(self) -> str:
        return f"第 {self.index} 个来电第 {self.attempt} 次拨打"


class Switchboard(models.Model):
    """The seats of one hotline (坐席): how many calls it expects, how it has done (once a call was answered or lost),
    until when its seats talk, and who waits for one."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey("sandbox.Sandbox", on_delete=models.CASCADE, db_index=False)
    hotline = models.CharField("热线", max_length=6)
    expected = models.IntegerField("预计每天转入人工的来电（千分之一个）")
    offered = models.IntegerField("转入人工", default=0)
    answered = models.IntegerField("接通", default=0)
    busy = models.TextField("各席通话至", default="[]")  # seconds since 1970, as JSON
    waiting = models.TextField("排队的来电", default="[]")  # their numbers in this sandbox, the first first, as JSON

    written_once: ClassVar = ("hotline",)

    class Meta:
        verbose_name = "坐席"
        constraints = [models.UniqueConstraint(fields=["sandbox", "hotline"], name="switchboard_hotline_once")]

    def __str__(self) -> str:
        return self.hotline


class Call(models.Model):
    """One row of a file of calls, and the order it became."""

    id = models.BigIntegerField(primary_key=True)
    sandbox = models.ForeignKey("sandbox.Sandbox", on_delete=models.CASCADE, db_index=False)
    row = models.IntegerField("行号")
    at = models.DateTimeField("来电时间")
    text = models.TextField("诉求内容")
    place = models.CharField("地点", max_length=200, blank=True)
    type = models.CharField("诉求类型", max_length=12, blank=True)
    order_number = models.CharField("工单编号", max_length=40, blank=True)

    written_once: ClassVar = ("row", "at", "text", "place", "type")

    class Meta:
        verbose_name = "文件中的来电"

    def __str__(self) -> str:
        return f"第 {self.row} 行"
