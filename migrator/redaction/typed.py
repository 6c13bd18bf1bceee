"""What a line types in place of a person: ``echo SECRET | sudo -S``, ``kinit bob <<< SECRET``."""

from __future__ import annotations

import re

# Programs that read a password from their standard input, with the option that makes them.
_READER = r"""(?:
    sudo\b[^|;&<\n]{0,100}?[ \t](?:-[a-zA-Z]{0,6}S\b|--stdin\b)
  | (?:passwd|chpasswd|kinit|sshpass|cryptsetup|smbpasswd|vncpasswd|htpasswd)\b
  | [^|;&<\n]{0,200}?[ \t](?:--password-stdin|--passphrase-fd|--with-token|-pass(?:in)?[ \t]+stdin)\b
)"""
_PROGRAM = rf"[ \t]*+(?:[\w./-]{{1,60}}/)?{_READER}"
_REST = r"[^|;&<\n]{0,200}?"

TYPED = (
    re.compile(
        rf"""((?<![\w.-])(?:echo|printf|yes)(?>(?:[ \t]+-[neE]{{1,3}})*)[ \t]++)
        (["']?)(?!["']|\$|[ \t])([^|;&\n]{{1,200}}?)(["']?[ \t]*\|{_PROGRAM})""",
        re.VERBOSE,
    ),
    re.compile(
        rf"""((?<![\w.-]){_READER}{_REST}<<<[ \t]*+)(["']?)(?!["']|\$)([^\n"';&|]++)(["']?)""", re.VERBOSE
    ),
    # msmtp(1): --passwordeval 'echo SECRET'; rsync(1): --password-file=<(echo SECRET)
    re.compile(
        r"""(pass(?:word|phrase)?-?(?:eval|command|cmd|file)[ \t=]+(?:["']|[<$]\()?(?:echo|printf)[ \t]+)
        (\\*["']?)(?!["']|\$|-)([^\n"')|;&\\]{1,200})(\\*["')]?)""",
        re.VERBOSE,
    ),
    # expect(1): send "SECRET\r"
    re.compile(r"""(\bsend[ \t]+(?:--[ \t]+)?\\*)(["'])([^"'\n\\$]{1,80})(\\+r)"""),
)
# What stands before all of it.
PROGRAMS = ("sudo", "kinit", "cryptsetup", "stdin", "\\r", "pass")
