"""The formats that machines read, each with how the names of its files end."""

FOR_MACHINES = {
    "codequality": "codequality.json",
    "csv": "csv",
    "json": "json",
    "junit": "junit.xml",
    "sarif": "sarif",
}
