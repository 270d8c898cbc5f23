"""Text as somebody means harm would type it: markup, addresses, formulas."""

from __future__ import annotations

FORMULAS = (
    "=1+1",
    '=HYPERLINK("http://stranger.example","tap")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "=1+1;=2+2",
    '"=1+1',
)


def markup(address: str) -> tuple[str, ...]:
    """Each kind of text that would call ``address`` or set ``window.tookOver`` if it were run."""
    return (
        f'<img src="{address}/img" onerror="window.tookOver=1">',
        f"<script src='{address}/script'></script><script>window.tookOver=1</script>",
        f"<iframe srcdoc=\"<script>parent.tookOver=1</script>\" src='{address}/frame'></iframe>",
        f"<svg onload='window.tookOver=1'><image href='{address}/svg'/></svg>",
        f"<style>@import url({address}/style); *{{background: url({address}/css)}}</style>",
        f"<link rel=stylesheet href={address}/link><base href={address}/>",
        "<a href='javascript:window.tookOver=1'>tap</a><details open ontoggle=window.tookOver=1>",
        f"![shot]({address}/markdown)",
        f"[![x]({address}/nested)]({address}/link) <{address}/auto>",
        f"$\\href{{javascript:window.tookOver=1}}{{x}}$ $\\includegraphics{{{address}/tex}}$",
        f"</td></tr></table></div><img src={address}/broken>",
        f'" onfocus="window.tookOver=1" autofocus="" style="background:url({address}/attr)',
        "{{7*7}} ${7*7} #{7*7} %0d%0aSet-Cookie:x=1 :material/home: :red[x]",
    )
