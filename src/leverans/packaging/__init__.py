"""Writers: archive objects to E-ARK packages."""
