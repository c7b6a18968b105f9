"""Finds in a seed what is not its story: dates, links to other articles, bylines, invitations to subscribe.

Rules are general and look at one paragraph at a time. What they find is dropped and listed, never silently.
"""

import re
from dataclasses import dataclass

_DATE = (
    r"(?:(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    r"|\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]"
    r"|[^\W\d_]{3,10}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4}|\d{1,2}\.?\s(?:de\s)?[^\W\d_]{3,10}\.?,?\s(?:de\s)?\d{4})"
    r"(?:(?:T|,?\s+)(?:at\s|um\s|à\s|kl\.?\s)?\d{1,2}[:.h]\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?(?:\s?(?-i:[A-Z]{2,4}|Z)\b)?)?)"
)
_LABEL = (
    r"(?:date|dated|posted|published|updated|last updated|first published|veröffentlicht|stand|publié|mis à jour"
    r"|publicado|actualizado|publicerad|uppdaterad|опубликовано|обновлено|입력|수정|게시)"
)
_DATE_LINE = re.compile(
    rf"^\W{{0,3}}(?:{_LABEL}\b\s?(?:on|am|le|el|den)?\s?[:：]?\s*)?{_DATE}[\s|·•,;:–—-]*", re.IGNORECASE
)
_AGENCY = re.compile(r"\((?:Reuters|AP|AFP|UPI|dpa|EFE|ANSA|TASS|Yonhap|Kyodo|Xinhua|CNN|BBC)\)\s?[-–—:]?\s*")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)\S{1,64}@\S{1,255}\.\w+")

_LINK = re.compile(
    r"^\W{0,4}(?:read(?: more| also| next| the full (?:story|article))?|also read|see also|watch|listen|opinion"
    r"|explainer|don't miss|recommended|related(?: (?:articles?|stories|news))?|more (?:on|from|about)\b[^:]{0,40}"
    r"|lesen sie auch|mehr zum thema|siehe auch|(?:à )?lire aussi|voir aussi|l[eé]a también|lee también|leer más"
    r"|te puede interesar|läs också|läs mer|les også|leggi anche|lees ook|leia também|czytaj także|читайте также"
    r"|читайте ещё|смотрите также|관련\s?기사|관련\s?뉴스|関連記事|あわせて読みたい|相关阅读|延伸阅读|相关新闻"
    r")\]?\s?[:：|>»–—-]",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"^(?:by|von|par|por|av|af|text:|автор:?)\s+(?-i:[A-ZÀ-ÞА-Я])[^.!?]{2,80}$"
    r"|^[^.!?]{2,60},\s(?:staff|correspondent|reporter)$",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"newsletter|sign up (?:for|to|now|here)|subscri(?:be|ption)|follow us (?:on|at)|all rights reserved|©"
    r"|\bcopyright\b|click here|^advertisement|share (?:this|on)|getty images|cookie (?:policy|settings)"
    r"|privacy policy|download (?:the|our) app|support (?:our|independent) journalism"
    r"|^(?:photo|image|picture|foto|bild)(?:graph)?(?: by)?:"
    r"|abonnieren sie|alle rechte vorbehalten|abonnez-vous|tous droits réservés|suscr[ií]b|prenumerera"
    r"|подпис(?:аться|ывайтесь|ка на)|무단\s?전재|재배포\s?금지|無断転載|転載禁止|版权所有|未经授权",
    re.IGNORECASE,
)
_LINK_WORDS = 30  # a longer paragraph tells something itself
_BYLINE_WORDS = 10


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A seed's text without its noise."""

    text: str
    dropped: tuple[str, ...]  # what was taken for noise, in the order of the text


def cleaned(text: str) -> Cleaned:
    """Return a seed's story and what was dropped of it; a text that seems to be noise alone is kept as it is."""
    kept: list[str] = []
    dropped: list[str] = []
    for line in text.splitlines():
        story, noise = _sifted(" ".join(line.split()))
        kept.append(story)
        dropped.extend(noise)
    story = "\n".join(kept).strip()
    return Cleaned(story, tuple(dropped)) if story else Cleaned(text.strip(), ())


def _sifted(paragraph: str) -> tuple[str, list[str]]:
    """Split a paragraph into its story and the pieces of noise in it."""
    noise = []
    for rule in (_DATE_LINE, _AGENCY, _ADDRESS):
        noise += [found.group().strip() for found in rule.finditer(paragraph)]
        paragraph = rule.sub("", paragraph).strip()
    if paragraph and _is_noise(paragraph):
        return "", [*noise, paragraph]
    return paragraph, noise


def _is_noise(paragraph: str) -> bool:
    words = len(paragraph.split())
    if words <= _BYLINE_WORDS and _BYLINE.match(paragraph):
        return True
    return words <= _LINK_WORDS and bool(_LINK.match(paragraph) or _BOILERPLATE.search(paragraph))
