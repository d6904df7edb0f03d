-- The source as its maker declared it: no foreign keys, one shared code table, Å, Ä and Ö in names.
CREATE TABLE "Klartext" (
  "Kodtyp" varchar(2) NOT NULL,
  "Kod" varchar(5) NOT NULL,
  "Klartext" varchar(50),
  PRIMARY KEY ("Kod", "Kodtyp")
);
CREATE TABLE "Objekt" (
  "ObjektID" int NOT NULL PRIMARY KEY,
  "AgarID" int,
  "ServeringsNamn" varchar(40),
  "UpplagdDatum" datetime,
  "AndradDatum" datetime
);
CREATE INDEX "IX_AgarID" ON "Objekt" ("AgarID");
CREATE TABLE "Ägare" (
  "AgarID" int NOT NULL PRIMARY KEY,
  "OrganisationsNr" varchar(12),
  "Bolagsnamn" varchar(40),
  "UpplagdDatum" datetime,
  "AndradDatum" datetime
);
CREATE TABLE "Ärende" (
  "ArendeID" int NOT NULL PRIMARY KEY,
  "ObjektID" int,
  "ArendeTyp" varchar(6),
  "HandlaggarID" varchar(5),
  "DiarieNr" varchar(30),
  "OppnandeDatum" datetime,
  "AvslutsDatum" datetime,
  "UpplagdDatum" datetime,
  "AndradDatum" datetime
);
CREATE INDEX "IX_ObjektID" ON "Ärende" ("ObjektID");
CREATE TABLE "Ärende_Beslut" (
  "BeslutsID" int NOT NULL PRIMARY KEY,
  "ArendeID" int,
  "BeslutsTyp" varchar(5),
  "BeslutsDatumTid" datetime
);
CREATE INDEX "IX_ÄrendeID" ON "Ärende_Beslut" ("ArendeID");
CREATE TABLE "Ärende_Händelser" (
  "HandelseID" int NOT NULL PRIMARY KEY,
  "ArendeID" int,
  "HandelseTyp" varchar(5),
  "HandelseDatumTid" datetime,
  "UpplagdDatum" datetime,
  "AndradDatum" datetime,
  "ObjektID" int,
  "DiarieNr" varchar(30)
);
CREATE INDEX "IX_ArendeID" ON "Ärende_Händelser" ("ArendeID");
