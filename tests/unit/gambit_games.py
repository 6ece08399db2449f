"""Known games as files, for tests of the formats; written here from the papers' figures."""

from __future__ import annotations

SEXES = """NFG 1 R "Battle of the Sexes" { "Row" "Column" } { 2 2 }

3 2 0 0 0 0 2 3
"""

SEXES_BY_OUTCOMES = """NFG 1 R "Battle of the Sexes" { "Row" "Column" }

{ { "1" "2" }
{ "1" "2" }
}
"Luce and Raiffa 1957"

{
{ "opera" 3, 2 }
{ "ballet" 2, 3 }
}
1 0 0 2
"""

# Actions: 2 for A, 3 for B, 2 for C. The payoff of A is 100 a + 10 b + c, and so on.
THREE = """NFG 1 R "Three" { "A" "B" "C" } { 2 3 2 }
111 -111 .5   211 -211 .5   121 -121 .5   221 -221 .5   131 -131 .5   231 -231 .5
112 -112 1/3  212 -212 1/3  122 -122 1/3  222 -222 1/3  132 -132 1/3  232 -232 1/3
"""

THREE_BY_OUTCOMES = """NFG 1 R "Three" { "A" "B" "C" }
{ { "1" "2" } { "1" "2" "3" } { "1" "2" } }
{ { "" 111 -111 .5 } { "" 211, -211, 0.5 } { "" 121 -121 5e-1 } { "" 221 -221 .5 }
{ "" 131 -131 .5 } { "" 231 -231 .5 } { "" 112 -112 1/3 } { "" 212 -212 2/6 }
{ "" 122 -122 1/3 } { "" 222 -222 1/3 } { "" 132 -132 1/3 } { "" 232 -232 1/3 } }
1 2 3 4 5 6 7 8 9 10 11 12
"""

# Selten (1975), figure 1. Pure equilibria: (C, c, R) and (D, c, L); the second is not sensible.
HORSE = """EFG 2 R "Selten's horse" { "Player 1" "Player 2" "Player 3" }
""

p "" 1 1 "first" { "C" "D" } 0
p "" 2 1 "second" { "c" "d" } 0
t "" 1 "calm" { 1, 1, 1 }
p "" 3 1 "third" { "L" "R" } 0
t "" 2 "" { 4, 4, 0 }
t "" 3 "" { 0, 0, 1 }
p "" 3 1 "third" { "L" "R" } 0
t "" 4 "" { 3, 2, 2 }
t "" 5 "" { 0, 0, 0 }
"""

# Cho and Kreps (1987): sender strong with 9/10 and prefers beer, else quiche.
BEER = """EFG 2 R "Beer-Quiche" { "Sender" "Receiver" }
"Cho and Kreps 1987"

c "" 1 "nature" { "strong" 0.9 "weak" 0.1 } 0
p "" 1 1 "strong" { "beer" "quiche" } 0
p "" 2 1 "after beer" { "fight" "retreat" } 0
t "" 1 "" { 1, 0 }
t "" 2 "" { 3, 1 }
p "" 2 2 "after quiche" { "fight" "retreat" } 0
t "" 3 "" { 0, 0 }
t "" 4 "" { 2, 1 }
p "" 1 2 "weak" { "beer" "quiche" } 0
p "" 2 1 0
t "" 5 "" { 0, 1 }
t "" 6 "" { 2, 0 }
p "" 2 2 0
t "" 7 "" { 1, 1 }
t "" 8 "" { 3, 0 }
"""

# The exporter decides on a licence, the importer answers; payoffs on the way add up.
LICENCE = """EFG 2 R "许可证" { "中国" "欧盟" }

p "开始" 1 1 "稀土" { "管制" "豁免" } 1 "成本" { -1/2 1e-1 }
p "" 2 1 "回应" { "去风险" "留下" } 0
t "" 2 "脱钩" { 0 .25 }
t "" 3 "" { 2 -0.75 }
t "" 4 "" { +1 1 }
"""
