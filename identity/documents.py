"""Identity's generated documents: the page of test people."""

from collections.abc import Iterable

from identity.personas import TRUST_LEVELS, DocumentType, Persona, PersonaKind, PersonaStatus, outcomes, personas
from sandbox.documents import document

_HOW = """\
由 `seeds/personas.toml` 生成，请勿手改；`make docs` 重新生成。同样的内容见 `GET /api/v1/personas`。

这里没有一个是真人、真企业、真单位。登记工单时把某人的电话写进 `caller.phone`（两种写法任选，逐位相同；姓名随意），
那件工单就必定有他的结果。请写明 `type`，并在文字里说清地点和事情，否则工单会等人来决定：

```sh
curl -s $YUEYAN/api/v1/workorders -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '
  {{"text": "广州市天河区石牌东路的路灯不亮三天了，晚上走路看不见，请派人来修。", "type": "complaint",
   "caller": {{"name": "{name}", "phone": "{phone}"}}}}'
```

```sh
curl -s $YUEYAN/api/v1/sandbox/clock/advance -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '
  {{"until": {{"type": "work_order.archived"}}}}'
```

```sh
curl -s "$YUEYAN/api/v1/workorders?limit=1" -H "Authorization: Bearer $KEY"
```

- 只有模拟的人被强制；规则（期限、次数、谁可以做什么）不变，开放给人扮演的角色由人说了算。除所写的结果外，其余的人都规规矩矩。
- **承办单位**：打它的电话，话务员受理后直接转给它；也可以在派单（`dispatch`）时写 `unit`。退单改派之后由别的单位照常办理。
- **电话**：`100` 开头的谁也拨不通；`154` 开头的能通过别家表单的 `^1[3-9]\\d{{9}}$`，2022 年公开的号段表列 154 为暂未分配，
  但将来可能分配给真人：本项目从不拨打、不发短信，也请不要接到真的短信网关上。同一人两种写法后八位相同。
- **证件**：身份证号和信用代码在没有分配的地区 449900，校验位正确；通行证号没有校验位。
- **验证码**固定，只供持续集成，等登录做成之后才用得上。**可信等级**：{levels}。
- **not yet** 的结果留待以后的部分，目前没有任何作用：那个人与普通人一样。
"""


@document("personas.md")
def page() -> str:
    """Every test person on one page."""
    first = next(one for one in personas().values() if one.status == PersonaStatus.NOW)
    how = _HOW.format(name=first.name, phone=first.phone_safe, levels="；".join(TRUST_LEVELS.values()))
    parts = ["# 测试人物 Test people", how.rstrip()]
    for kind in PersonaKind:
        listed = [one for one in personas().values() if one.kind == kind]
        if listed:
            parts += [f"## {kind.label} `{kind.value}`", _people(listed)]
    parts += ["## 结果 Outcomes", _outcomes()]
    return "\n\n".join(parts) + "\n"


def _people(listed: Iterable[Persona]) -> str:
    lines = [
        "| 编号 | 名称 | 证件 | 电话 safe | 电话 form-valid | 等级 | 验证码 | 结果 | 会发生什么 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in listed:
        unusual = one.document_type == DocumentType.HK_MACAO_PERMIT
        document = f"`{one.document}`" + (f"（{DocumentType(one.document_type).label}）" if unusual else "")
        name = f"{one.name} `{one.unit}`" if one.unit else one.name
        later = "" if one.status == PersonaStatus.NOW else f"`{one.status}` "
        lines.append(
            f"| {one.id} | {name} | {document} | {one.phone_safe} | {one.phone_form_valid} | {one.trust_level} "
            f"| {one.sms_code} | `{one.outcome.id}` | {later}{one.what} |"
        )
    return "\n".join(lines)


def _outcomes() -> str:
    lines = ["| 结果 | 名称 | 状态 | 谁 |", "|---|---|---|---|"]
    for outcome in outcomes().values():
        who = "、".join(one.id for one in personas().values() if one.outcome is outcome)
        lines.append(f"| `{outcome.id}` | {outcome.name} | {outcome.status.value} | {who} |")
    return "\n".join(lines)
