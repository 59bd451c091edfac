"""Domains at which anybody gets a mailbox: nobody can prove to own one (S7). By vendor, all countries."""

from __future__ import annotations

from collections.abc import Mapping

#: Under a vendor's label: the suffixes it has mailboxes under, as the vendors' sign-up pages and help list them.
_VENDORS: Mapping[str, str] = {
    "gmail": "com",
    "googlemail": "com co.uk de",
    "outlook": (
        "com at be bg cl cz de dk es fr hu ie in it jp kr lv my ph pt sa sg sk co.id co.il co.nz co.th co.za"
        " com.ar com.au com.br com.gr com.pe com.tr com.vn"
    ),
    "hotmail": (
        "com be ca ch cl de dk es fi fr gr hu it lt lu lv my nl no ph rs se sg sk"
        " co.id co.il co.in co.jp co.kr co.nz co.th co.uk co.za com.ar com.au com.bo com.br com.hk com.tr com.tw com.vn"
    ),
    "live": (
        "com at be ca ch cl cn de dk fi fr hk ie in it jp lu net nl no ph pt ru se"
        " co.in co.kr co.uk co.za com.ar com.au com.mx com.my com.ph com.pk com.pt com.sg"
    ),
    "msn": "com co.jp co.uk de dk es fi fr it nl no se com.br",
    "yahoo": (
        "com at be bg ca ch cl cn cz de dk ee es fi fr gr hr hu ie in it lt lv ma nl no pl pt ro rs se si sk"
        " co.hu co.id co.il co.in co.jp co.kr co.ma co.nz co.th co.uk co.za"
        " com.ar com.au com.br com.cn com.co com.hk com.hr com.mx com.my com.ph com.sg com.tr com.tw com.ua com.vn"
    ),
    "ymail": "com ne.jp",
    "rocketmail": "com",
    "aol": "com at be ca cl de es fr it jp nl pl se co.nz co.uk com.ar com.au com.br com.mx",
    "gmx": "com at biz ca ch cn co.in de es eu fr info it net org pt ru se tm us co.uk com.br com.my com.tr li",
    "icloud": "com",
    "me": "com",
    "mac": "com",
    "web": "de",
    "mail": "com ru ee",
    "email": "com",
    "proton": "me",
    "protonmail": "com ch",
    "pm": "me",
    "tuta": "com io",
    "tutanota": "com de",
    "zoho": "com eu in jp com.au",
    "zohomail": "com eu in",
    "yandex": "com ru by kz ua com.tr com.ge co.il",
    "ya": "ru",
    "inbox": "ru lv lt",
    "list": "ru",
    "bk": "ru",
    "rambler": "ru",
    "qq": "com",
    "foxmail": "com",
    "163": "com",
    "126": "com",
    "yeah": "net",
    "sina": "com cn com.cn",
    "sohu": "com",
    "naver": "com",
    "daum": "net",
    "hanmail": "net",
    "nate": "com",
    "kakao": "com",
    "rediffmail": "com",
    "libero": "it",
    "virgilio": "it",
    "orange": "fr",
    "laposte": "net",
    "free": "fr",
    "sfr": "fr",
    "t-online": "de",
    "freenet": "de",
    "seznam": "cz",
    "wp": "pl",
    "o2": "pl",
    "onet": "pl",
    "interia": "pl",
    "uol": "com.br",
    "bol": "com.br",
    "terra": "com.br",
    "comcast": "net",
    "verizon": "net",
    "att": "net",
    "sbcglobal": "net",
    "bellsouth": "net",
    "btinternet": "com",
    "fastmail": "com fm",
    "hey": "com",
    "docomo": "ne.jp",
    "ezweb": "ne.jp",
    "au": "com",
    "softbank": "ne.jp",
    "i.softbank": "jp",
    "vodafone": "ne.jp",
    "nifty": "com ne.jp",
    "biglobe": "ne.jp",
    "ocn": "ne.jp",
    "plala": "or.jp",
    "so-net": "ne.jp",
    "dion": "ne.jp",
    "excite": "co.jp",
    "infoseek": "jp",
    "goo": "jp",
}

FREE_MAIL = frozenset(f"{label}.{suffix}" for label, suffixes in _VENDORS.items() for suffix in suffixes.split())
