"""Draws replies as Discord shows them, roughly: HTML of Components V2."""

import html
import re

STYLES = {1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary"}

CSS = """
*{box-sizing:border-box}
body{margin:0;background:#313338;color:#dbdee1;font:16px/1.375 Inter,"Noto Sans","Noto Sans CJK JP","Noto Color Emoji",sans-serif}
#shot{width:620px;padding:16px}
.command{color:#949ba4;font-size:14px;margin:0 0 6px 52px}.command b{color:#c9cdfb;font-weight:500}
.message{display:flex;gap:12px}.icon{width:40px;height:40px;border-radius:50%;background:#9a5423;color:#fff4e4;
display:grid;place-items:center;font-weight:700;flex:none}.body{flex:1;min-width:0}
.author{font-weight:500;color:#f2f3f5}.tag{background:#5865f2;color:#fff;font-size:10px;border-radius:3px;padding:1px 4px;margin-left:6px}
.container{background:#2b2d31;border:1px solid #3a3c43;border-left:4px solid var(--accent,#3a3c43);border-radius:8px;padding:14px 16px;margin-top:6px;display:grid;gap:8px}
.section{display:flex;gap:16px;justify-content:space-between;align-items:flex-start}
.row{display:flex;flex-wrap:wrap;gap:8px}
button{border:0;border-radius:8px;padding:7px 14px;font:500 14px Inter,"Noto Color Emoji",sans-serif;color:#fff;background:#4e5058}
.primary{background:#5865f2}.success{background:#248046}.danger{background:#da373c}button:disabled{opacity:.5}
.select{background:#1e1f22;border-radius:8px;padding:9px 12px;width:100%;color:#dbdee1;display:flex;justify-content:space-between}
hr{border:0;border-top:1px solid #3f4147;margin:2px 0;width:100%}
img{max-width:100%;border-radius:8px;display:block}
h1{font-size:24px;margin:2px 0}h2{font-size:20px;margin:2px 0}h3{font-size:16px;margin:2px 0}
small{font-size:13px;color:#949ba4;display:block}.mention{background:#3c4270;color:#c9cdfb;border-radius:3px;padding:0 2px}
.only{font-size:12px;color:#949ba4;margin-top:4px}
"""


def inline(text, names):
    text = html.escape(re.sub(r"\\([*_~`|>#\-+.()\[\]:<@!&])", lambda m: f"\x01{ord(m[1])}\x02", text))
    text = re.sub(r"&lt;@(\d+)&gt;", lambda m: f'<span class=mention>@{names.get(m[1], "membre")}</span>', text)
    text = re.sub(r"&lt;(/[^:]+):\d+&gt;", r"<span class=mention>\1</span>", text)
    text = re.sub(r"&lt;t:\d+(:\w)?&gt;", "dans 3 minutes", text)
    text = re.sub(r"\[([^\]]+)\]\((https?:[^)]+)\)", r"<u>\1</u>", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\x01(\d+)\x02", lambda m: html.escape(chr(int(m[1]))), text)


def markdown(text, names):
    out = []
    for line in text.split("\n"):
        mark = re.match(r"(#{1,3}|-#) ", line)
        tag = {"#": "h1", "##": "h2", "###": "h3", "-#": "small"}[mark[1]] if mark else "div"
        out.append(f"<{tag}>{inline(line[mark.end():] if mark else line, names) or '&nbsp;'}</{tag}>")
    return "".join(out)


def draw(part, names):
    """A component, and what stands in it."""
    def inner(key="components"):
        return "".join(draw(below, names) for below in part.get(key, []))

    kind = part["type"]
    if kind == 1:
        return f"<div class=row>{inner()}</div>"
    if kind == 2:
        emoji = part.get("emoji", {}).get("name", "")
        return (f"<button class={STYLES[part['style']]}{' disabled' if part.get('disabled') else ''}>"
                f"{emoji} {html.escape(part.get('label', ''))}</button>")
    if kind == 3:
        chosen = next((option["label"] for option in part["options"] if option.get("default")),
                      part.get("placeholder", ""))
        return f"<div class=select><span>{html.escape(chosen)}</span><span>⌄</span></div>"
    if kind == 9:
        return f"<div class=section><div>{inner()}</div>{draw(part['accessory'], names)}</div>"
    if kind == 10:
        return f"<div>{markdown(part['content'], names)}</div>"
    if kind == 11:
        return f"<img width=85 src='{html.escape(part['media']['url'])}'>"
    if kind == 12:
        return "".join(f"<img src='{html.escape(item['media']['url'])}'>" for item in part["items"])
    if kind == 14:
        return "<hr>"
    if kind == 17:
        accent = f" style='--accent:#{part['accent_color']:06x}'" if "accent_color" in part else ""
        return f"<div class=container{accent}>{inner()}</div>"
    return f"<div class=select><span>{html.escape(part.get('placeholder', ''))}</span><span>⌄</span></div>"


def page(command, reply, names):
    """A whole page: the member's command, and the reply to it."""
    data = reply["data"]
    only = "<div class=only>👁 Visible par toi uniquement</div>" if data.get("flags", 0) & 64 else ""
    body = "".join(draw(part, names) for part in data["components"])
    return (f"<!doctype html><meta charset=utf-8><style>{CSS}</style><div id=shot>"
            f"<div class=command><b>lou</b> a utilisé <b>{html.escape(command)}</b></div>"
            f"<div class=message><div class=icon>B</div><div class=body><span class=author>Besace</span>"
            f"<span class=tag>APP</span>{body}{only}</div></div></div>")
