"""Shapes of the register: a system in a list, a system in full, the graph of them all."""

from typing import Any

from rest_framework import serializers

from platforms.vocabulary import Area, AsOf, Basis, LoopBasis, Maturity, Measure
from sandbox.api.shapes import PageQuery


class PlatformRow(serializers.Serializer[Any]):
    """A system in a list."""

    id = serializers.CharField(source="code")
    name = serializers.CharField()
    name_en = serializers.CharField()
    area = serializers.ChoiceField(choices=Area.choices)
    maturity = serializers.ChoiceField(choices=Maturity.choices, help_text="种子文件成文时（2022 年 9 月）的成熟程度")
    sources = serializers.ListField(child=serializers.CharField(), help_text="文件与章节")
    capability_count = serializers.IntegerField()


class CapabilityOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    statement = serializers.CharField(help_text="一句话：能做什么")
    basis = serializers.ChoiceField(choices=Basis.choices)
    source = serializers.CharField()


class OtherFigureOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    value = serializers.CharField()
    as_of = serializers.CharField()
    scope = serializers.CharField()
    source = serializers.CharField()


class DisagreementOut(serializers.Serializer[Any]):
    """What is printed differently elsewhere; no value is taken for the right one."""

    id = serializers.CharField()
    about = serializers.CharField()
    explanation = serializers.CharField()
    others = OtherFigureOut(many=True)


class FigureOut(serializers.Serializer[Any]):
    """A figure as printed, and what it comes to in its unit."""

    id = serializers.CharField()
    subject = serializers.CharField()
    metric = serializers.CharField()
    measure = serializers.ChoiceField(choices=Measure.choices, allow_blank=True, help_text="空为无累计、当月之分")
    value = serializers.CharField(help_text="原印")
    bound = serializers.CharField(allow_blank=True, help_text="> 超过，>= 以上，<= 以下，~ 约；空为恰好")
    normalised = serializers.CharField(allow_blank=True, help_text="换算成 unit 的值；空为原文残缺")
    printed_unit = serializers.CharField(allow_blank=True)
    unit = serializers.CharField(allow_blank=True)
    as_of = serializers.CharField(help_text="年、月、日，或以 / 相连的起止")
    as_of_basis = serializers.ChoiceField(choices=AsOf.choices)
    scope = serializers.CharField(allow_blank=True, help_text="口径；原文未注明省级或全省的，note 说明；空为无所谓口径")
    source = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    disagreement = DisagreementOut(allow_null=True)


class FlowEndOut(serializers.Serializer[Any]):
    """The other end of a flow, and what flows."""

    id = serializers.CharField()
    name = serializers.CharField()
    what = serializers.CharField()
    source = serializers.CharField(help_text="文件与章节")


class LoopOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    stages = serializers.ListField(child=serializers.CharField())
    basis = serializers.ChoiceField(choices=LoopBasis.choices)
    systems = serializers.ListField(child=serializers.CharField())
    source = serializers.CharField()


class PlatformOut(PlatformRow):
    """A system in full."""

    area_name = serializers.CharField()
    maturity_name = serializers.CharField()
    capabilities = CapabilityOut(many=True)
    figures = FigureOut(many=True)
    flows_in = FlowEndOut(many=True)
    flows_out = FlowEndOut(many=True)
    loops = LoopOut(many=True)


class PlatformQuery(PageQuery):
    """Filters of the list; each narrows it further."""

    area = serializers.ChoiceField(required=False, choices=Area.choices)
    maturity = serializers.ChoiceField(required=False, choices=Maturity.choices)
    q = serializers.CharField(required=False, max_length=60, help_text="在代码、名称与能力中查找")


class NodeOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="code")
    label = serializers.CharField(source="name")
    area = serializers.ChoiceField(choices=Area.choices)
    maturity = serializers.ChoiceField(choices=Maturity.choices)


class EdgeOut(serializers.Serializer[Any]):
    source = serializers.CharField(help_text="由哪个系统")
    target = serializers.CharField(help_text="到哪个系统")
    label = serializers.CharField(source="what")
    section = serializers.CharField(help_text="文件与章节")


class GraphAttributesOut(serializers.Serializer[Any]):
    loops = LoopOut(many=True)


class GraphOut(serializers.Serializer[Any]):
    """Node-link form, as networkx (`node_link_graph(…, edges="edges")`), D3 and G6 read it."""

    directed = serializers.BooleanField()
    multigraph = serializers.BooleanField()
    graph = GraphAttributesOut()
    nodes = NodeOut(many=True)
    edges = EdgeOut(many=True)
