"""Made-up accounts in SIE."""

from pathlib import Path


def year(number: int, vouchers: int, *, year_end: int = 2023) -> str:
    """Give one fiscal year of a made-up unit: every voucher pays a bill from the bank."""
    lines = [
        "#FLAGGA 0", "#FORMAT PC8", "#SIETYP 4", '#PROGRAM "Provekonomi" 1.0', f"#GEN {year_end + 1}0115 PP",
        f'#FNAMN "Provnämnden {number}, å"', f"#RAR 0 {year_end}0101 {year_end}1231", "#KPTYP BAS95",
        '#KONTO 1940 "Bank"', "#KTYP 1940 T", '#KONTO 6110 "Kontorsmaterial"', '#DIM 1 "Kostnadsställe"',
        '#OBJEKT 1 "10" "Östra"', "#IB 0 1940 1000.00", f"#UB 0 1940 {1000 - 2 * vouchers}.00",
        f"#RES 0 6110 {2 * vouchers}.00",
    ]  # fmt: skip
    for each in range(1, vouchers + 1):
        lines += [
            f'#VER A {each} {year_end}{each % 12 + 1:02}15 "Pärmar {each}" {year_end}{each % 12 + 1:02}16 "PP"',
            "{",
            '   #TRANS 6110 {1 "10"} 2.00',
            f'   #TRANS 1940 {{}} -2.00 "" "Betalning {each}"',
            "}",
        ]
    return "\r\n".join(lines) + "\r\n"


def books(folder: Path, *, years: int = 2, vouchers: int = 3) -> Path:
    """Write a folder of accounts, a file for each year, in CP437; the last in Windows-1252 without telling."""
    folder.mkdir(parents=True)
    for number in range(years):
        encoding = "cp1252" if number == years - 1 else "cp437"
        text = year(1, vouchers + number, year_end=2020 + number)
        (folder / f"bok{2020 + number}.se").write_bytes(text.encode(encoding))
    return folder
