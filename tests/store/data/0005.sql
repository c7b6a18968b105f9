BEGIN TRANSACTION;
CREATE TABLE address (
	recipient VARCHAR NOT NULL, 
	address TEXT NOT NULL, 
	bounces INTEGER NOT NULL, 
	off TEXT NOT NULL, 
	last_error TEXT NOT NULL, 
	CONSTRAINT pk_address PRIMARY KEY (recipient, address)
);
INSERT INTO "address" VALUES('me','a',1,'','550 no such box');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE article (
	id INTEGER NOT NULL, 
	feed_id BIGINT NOT NULL, 
	url TEXT NOT NULL, 
	title TEXT NOT NULL, 
	text TEXT NOT NULL, 
	language VARCHAR NOT NULL, 
	published DATETIME NOT NULL, 
	published_raw VARCHAR NOT NULL, 
	first_seen DATETIME NOT NULL, 
	updated_at DATETIME, 
	baseline BOOLEAN NOT NULL, caught_up BOOLEAN DEFAULT 1 NOT NULL, publisher TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_article PRIMARY KEY (id), 
	FOREIGN KEY(feed_id) REFERENCES feed (id)
);
INSERT INTO "article" VALUES(1,1,'https://a.example/1','Talks, part 1','Part 1 of the talks in Stockholm ended without agreement. Part 1 of the talks in Stockholm ended without agreement. Part 1 of the talks in Stockholm ended without agreement. ','en','2026-11-22 08:30:00.000000','','2026-11-22 08:30:00.000000',NULL,0,1,'');
INSERT INTO "article" VALUES(2,1,'https://a.example/2','Talks, part 2','The talks in Stockholm ended without agreement, both sides said on Saturday night. The talks in Stockholm ended without agreement, both sides said on Saturday night. The talks in Stockholm ended without agreement, both sides said on Saturday night. ','en','2026-11-22 08:30:00.000000','','2026-11-22 08:30:00.000000','2026-11-22 09:30:00.000000',0,1,'');
INSERT INTO "article" VALUES(3,1,'https://a.example/3','Talks, part 3','Part 3 of the talks in Stockholm ended without agreement. Part 3 of the talks in Stockholm ended without agreement. Part 3 of the talks in Stockholm ended without agreement. ','en','2026-11-22 08:30:00.000000','','2026-11-22 08:30:00.000000',NULL,0,1,'');
INSERT INTO "article" VALUES(4,1,'https://a.example/4','Talks, part 4','Part 4 of the talks in Stockholm ended without agreement. Part 4 of the talks in Stockholm ended without agreement. Part 4 of the talks in Stockholm ended without agreement. ','en','2026-11-22 08:30:00.000000','','2026-11-22 08:30:00.000000',NULL,0,1,'');
INSERT INTO "article" VALUES(5,1,'https://a.example/5','Talks, part 5','Part 5 of the talks in Stockholm ended without agreement. Part 5 of the talks in Stockholm ended without agreement. Part 5 of the talks in Stockholm ended without agreement. ','en','2026-11-22 08:30:00.000000','','2026-11-22 08:30:00.000000',NULL,1,1,'');
INSERT INTO "article" VALUES(6,2,'https://a.example/6','Talks, part 6','Part 6 of the talks in Stockholm ended without agreement. Part 6 of the talks in Stockholm ended without agreement. Part 6 of the talks in Stockholm ended without agreement. ','en','2026-11-22 08:30:00.000000','','2026-11-22 09:30:00.000000',NULL,0,1,'');
CREATE TABLE article_key (
	"key" VARCHAR(32) NOT NULL, 
	article_id BIGINT NOT NULL, 
	CONSTRAINT pk_article_key PRIMARY KEY ("key"), 
	FOREIGN KEY(article_id) REFERENCES article (id)
);
INSERT INTO "article_key" VALUES('6f812e012f2a17e3064ba0125b06ce2f',1);
INSERT INTO "article_key" VALUES('1a3ee2812d696af1e7157dea80036fd1',1);
INSERT INTO "article_key" VALUES('13f716fe5dad284b1444657e9e360de8',1);
INSERT INTO "article_key" VALUES('b276418ff96addf4803cabe5ea89d51c',2);
INSERT INTO "article_key" VALUES('3d9b0d3e1cc63e7ff1dc55804ace9923',2);
INSERT INTO "article_key" VALUES('1979cf44132275bf82209d849022833c',2);
INSERT INTO "article_key" VALUES('85f304c954b83f4ed28111336de91ca9',3);
INSERT INTO "article_key" VALUES('f1824a6f25084611a86cc7449247cacd',3);
INSERT INTO "article_key" VALUES('1ddccabe8b7993f98225053d9d354de6',3);
INSERT INTO "article_key" VALUES('5e69b90b9d7771dbc04ddc56c42ff4e6',4);
INSERT INTO "article_key" VALUES('dd03c0fda1d24e220b74fabb5e82253c',4);
INSERT INTO "article_key" VALUES('0eab9d7889c5d4f4b296bfeb5d33cbe1',4);
INSERT INTO "article_key" VALUES('8b0aaccbbf9e63ff63caef789ce70ab3',5);
INSERT INTO "article_key" VALUES('89a3ee025cc13f7aeb7d0f88a89de007',5);
INSERT INTO "article_key" VALUES('9f21bb9a100bc21bdfa19b8196ecd55f',5);
INSERT INTO "article_key" VALUES('4ff7b0310f674920b030e96ed75833da',6);
INSERT INTO "article_key" VALUES('811238f736dc190443ad26318f1b62dd',6);
INSERT INTO "article_key" VALUES('b8e428c2738601ebed61832d56783559',6);
INSERT INTO "article_key" VALUES('d7e4ae46f0a5626ae34b5e77b814ccb4',1);
INSERT INTO "article_key" VALUES('e8d110dac9814ba48ae7fa767c616c81',2);
CREATE TABLE "delivery" (
	id INTEGER NOT NULL, 
	digest_id BIGINT NOT NULL, 
	recipient VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	address TEXT NOT NULL, 
	state VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_attempt DATETIME, 
	leased_until DATETIME, 
	last_error TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	date DATETIME NOT NULL, 
	payload BLOB NOT NULL, 
	unsure BOOLEAN NOT NULL, 
	progress JSON NOT NULL, 
	CONSTRAINT pk_delivery PRIMARY KEY (id), 
	CONSTRAINT uq_delivery_digest_id UNIQUE (digest_id, address), 
	CONSTRAINT uq_delivery_message_id UNIQUE (message_id), 
	FOREIGN KEY(digest_id) REFERENCES digest (id)
);
INSERT INTO "delivery" VALUES(1,1,'me','folder','a','sent',1,NULL,NULL,'','<mefirsta@m>','2026-11-22 09:30:00.000000',X'6279746573',0,'[]');
INSERT INTO "delivery" VALUES(2,1,'me','folder','b','waiting',1,'2026-11-22 13:30:00.000000',NULL,'the folder is full','<mefirstb@m>','2026-11-22 09:30:00.000000',X'6279746573',0,'[]');
INSERT INTO "delivery" VALUES(3,2,'you','folder','a','failed',1,NULL,NULL,'no such folder','<you2026-11-22T09:00a@m>','2026-11-22 09:30:00.000000',X'6279746573',0,'[]');
INSERT INTO "delivery" VALUES(4,3,'me','folder','a','sent',1,NULL,NULL,'','<meagain-1-20261122T103000.000000a@m>','2026-11-22 10:30:00.000000',X'6279746573',0,'[]');
INSERT INTO "delivery" VALUES(5,4,'me','folder','a','dropped',0,NULL,NULL,'','<memanual-20261122T113000.000000a@m>','2026-11-22 11:30:00.000000',X'6279746573',0,'[]');
INSERT INTO "delivery" VALUES(6,5,'they','folder','a','sending',1,'2026-11-22 12:30:00.000000','2026-11-22 12:32:00.000000','','<they2026-11-22T13:00a@m>','2026-11-22 12:30:00.000000',X'6279746573',0,'[]');
CREATE TABLE "digest" (
	id INTEGER NOT NULL, 
	recipient VARCHAR NOT NULL, 
	slot VARCHAR NOT NULL, 
	created DATETIME NOT NULL, 
	topics JSON NOT NULL, 
	subject TEXT NOT NULL, 
	stories INTEGER NOT NULL, 
	sections JSON NOT NULL, 
	kind VARCHAR NOT NULL, 
	told JSON NOT NULL, 
	updates JSON NOT NULL, 
	article BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_digest PRIMARY KEY (id), 
	CONSTRAINT uq_digest_recipient UNIQUE (recipient, slot)
);
INSERT INTO "digest" VALUES(1,'me','first','2026-11-22 09:30:00.000000','["t"]','Talks end',2,'[{"name": "New", "stories": []}]','digest','["t-1", "t-2"]','[]',0,0);
INSERT INTO "digest" VALUES(2,'you','2026-11-22T09:00','2026-11-22 09:30:00.000000','["t"]','Talks end',1,'[{"name": "New", "stories": []}]','digest','["t-1"]','[]',0,0);
INSERT INTO "digest" VALUES(3,'me','again-1-20261122T103000.000000','2026-11-22 10:30:00.000000','["t"]','Talks end',0,'[{"name": "New", "stories": []}]','again','[]','[]',0,0);
INSERT INTO "digest" VALUES(4,'me','manual-20261122T113000.000000','2026-11-22 11:30:00.000000','["t"]','Talks end',1,'[{"name": "New", "stories": []}]','digest','["t-6"]','[]',0,0);
INSERT INTO "digest" VALUES(5,'they','2026-11-22T13:00','2026-11-22 12:30:00.000000','["t"]','Talks end',1,'[{"name": "New", "stories": []}]','digest','["us-talks-9"]','[]',0,0);
CREATE TABLE "feed" (
	id INTEGER NOT NULL, 
	url TEXT NOT NULL, 
	address TEXT NOT NULL, 
	title TEXT NOT NULL, 
	configured BOOLEAN NOT NULL, 
	paused BOOLEAN NOT NULL, 
	added_at DATETIME NOT NULL, 
	etag TEXT NOT NULL, 
	last_modified TEXT NOT NULL, 
	validators_since DATETIME, 
	body_hash VARCHAR NOT NULL, 
	interval_minutes FLOAT NOT NULL, 
	health VARCHAR NOT NULL, 
	failures INTEGER NOT NULL, 
	failing_since DATETIME, 
	last_error TEXT NOT NULL, 
	last_success DATETIME, 
	polled_at DATETIME, 
	next_poll DATETIME, 
	moved_to TEXT NOT NULL, 
	moved_count INTEGER NOT NULL, 
	moved_since DATETIME, 
	item_hashes BLOB NOT NULL, 
	blocked BOOLEAN NOT NULL, 
	gap_from DATETIME, 
	gap_until DATETIME, 
	hours JSON NOT NULL, 
	CONSTRAINT pk_feed PRIMARY KEY (id), 
	CONSTRAINT uq_feed_url UNIQUE (url)
);
INSERT INTO "feed" VALUES(1,'https://a.example/feed','','A',1,0,'2026-11-22 08:30:00.000000','"1"','then','2026-11-22 09:30:00.000000','h',15.0,'failing',2,'2026-11-22 10:30:00.000000','HTTP 503','2026-11-22 09:30:00.000000','2026-11-22 10:30:00.000000','2026-11-22 11:30:00.000000','https://new.example/feed',1,'2026-11-22 09:30:00.000000',X'0102030405060708',0,NULL,NULL,'[1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]');
INSERT INTO "feed" VALUES(2,'https://b.example/feed','','B',1,0,'2026-11-22 08:30:00.000000','"1"','then','2026-11-22 09:30:00.000000','h',15.0,'ok',0,NULL,'','2026-11-22 09:30:00.000000','2026-11-22 08:30:00.000000','2026-11-22 08:45:00.000000','',0,NULL,'',0,'2026-11-22 08:30:00.000000','2026-11-22 09:30:00.000000','[]');
CREATE TABLE feedback (
	topic VARCHAR NOT NULL, 
	article_id BIGINT NOT NULL, 
	wanted BOOLEAN NOT NULL, 
	at DATETIME NOT NULL, 
	title TEXT NOT NULL, 
	text TEXT NOT NULL, 
	language VARCHAR NOT NULL, 
	url TEXT NOT NULL, 
	source TEXT NOT NULL, 
	vector BLOB NOT NULL, 
	CONSTRAINT pk_feedback PRIMARY KEY (topic, article_id), 
	FOREIGN KEY(article_id) REFERENCES article (id)
);
INSERT INTO "feedback" VALUES('t',3,0,'2026-11-22 08:30:00.000000','Talks, part 1','Part 1 of the talks in Stockholm ended without agreement. Part 1 of the talks in Stockholm ended without agreement. Part 1 of the talks in Stockholm ended without agreement. ','en','https://a.example/1','',X'');
CREATE TABLE had (
	recipient VARCHAR NOT NULL, 
	topic VARCHAR NOT NULL, 
	story BIGINT NOT NULL, 
	digest_id BIGINT NOT NULL, 
	CONSTRAINT pk_had PRIMARY KEY (recipient, topic, story), 
	FOREIGN KEY(digest_id) REFERENCES digest (id)
);
INSERT INTO "had" VALUES('me','t',1,1);
INSERT INTO "had" VALUES('me','t',2,1);
INSERT INTO "had" VALUES('you','t',1,2);
INSERT INTO "had" VALUES('me','t',6,4);
INSERT INTO "had" VALUES('they','us-talks',9,5);
CREATE TABLE had_change (
	recipient VARCHAR NOT NULL, 
	topic VARCHAR NOT NULL, 
	story BIGINT NOT NULL, 
	said VARCHAR NOT NULL, 
	digest_id BIGINT NOT NULL, 
	CONSTRAINT pk_had_change PRIMARY KEY (recipient, topic, story, said), 
	FOREIGN KEY(digest_id) REFERENCES digest (id)
);
INSERT INTO "had_change" VALUES('me','t',1,'c1',4);
CREATE TABLE host (
	name VARCHAR NOT NULL, 
	hold_until DATETIME NOT NULL, 
	CONSTRAINT pk_host PRIMARY KEY (name)
);
INSERT INTO "host" VALUES('a.example','2026-11-22 11:30:00.000000');
CREATE TABLE judgement (
	id INTEGER NOT NULL, 
	topic VARCHAR NOT NULL, 
	article_id BIGINT NOT NULL, 
	story BIGINT NOT NULL, 
	score FLOAT NOT NULL, 
	chance FLOAT NOT NULL, 
	filtered TEXT NOT NULL, 
	why JSON NOT NULL, 
	evidence JSON NOT NULL, 
	quote TEXT NOT NULL, 
	judged_by VARCHAR NOT NULL, 
	judged_at DATETIME NOT NULL, 
	CONSTRAINT pk_judgement PRIMARY KEY (id), 
	FOREIGN KEY(article_id) REFERENCES article (id), 
	CONSTRAINT uq_judgement_topic UNIQUE (topic, article_id)
);
INSERT INTO "judgement" VALUES(1,'t',1,1,80.0,0.8,'','["Stockholm"]','[["terms", 0.4, 1.0, "Stockholm"]]','They met.','1:a','2026-11-22 08:30:00.000000');
INSERT INTO "judgement" VALUES(2,'t',2,2,66.0,0.66,'','["Stockholm"]','[["terms", 0.4, 1.0, "Stockholm"]]','They met.','1:a','2026-11-22 09:30:00.000000');
INSERT INTO "judgement" VALUES(3,'t',3,3,12.0,0.12,'','["Stockholm"]','[["terms", 0.4, 1.0, "Stockholm"]]','They met.','1:a','2026-11-22 08:30:00.000000');
INSERT INTO "judgement" VALUES(4,'t',4,4,0.0,0.0,'it has “tennis”','["Stockholm"]','[["terms", 0.4, 1.0, "Stockholm"]]','They met.','1:a','2026-11-22 08:30:00.000000');
INSERT INTO "judgement" VALUES(5,'t',5,5,80.0,0.8,'','["Stockholm"]','[["terms", 0.4, 1.0, "Stockholm"]]','They met.','1:a','2026-11-22 08:30:00.000000');
INSERT INTO "judgement" VALUES(6,'t',6,6,77.0,0.77,'','["Stockholm"]','[["terms", 0.4, 1.0, "Stockholm"]]','They met.','1:a','2026-11-22 09:30:00.000000');
CREATE TABLE mute (
	recipient VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	about BIGINT NOT NULL, 
	name TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	until DATETIME, 
	CONSTRAINT pk_mute PRIMARY KEY (recipient, kind, about)
);
INSERT INTO "mute" VALUES('me','story',6,'','2026-11-22 09:30:00.000000','2026-11-29 09:30:00.000000');
CREATE TABLE "recipient" (
	id VARCHAR NOT NULL, 
	settled DATETIME, 
	told_until DATETIME, 
	told_article BIGINT, 
	paused BOOLEAN NOT NULL, 
	heard DATETIME, 
	CONSTRAINT pk_recipient PRIMARY KEY (id)
);
INSERT INTO "recipient" VALUES('me','2026-11-22 09:30:00.000000','2026-11-22 11:30:00.000000',7,0,NULL);
INSERT INTO "recipient" VALUES('you','2026-11-22 09:30:00.000000','2026-11-22 09:30:00.000000',7,0,NULL);
INSERT INTO "recipient" VALUES('they','2026-11-22 12:30:00.000000','2026-11-22 12:30:00.000000',7,0,NULL);
CREATE TABLE seed (
	url VARCHAR NOT NULL, 
	text TEXT NOT NULL, 
	fetched_at DATETIME NOT NULL, 
	CONSTRAINT pk_seed PRIMARY KEY (url)
);
INSERT INTO "seed" VALUES('https://seed.example/page','Talks between the two began in Stockholm.','2026-11-22 08:30:00.000000');
CREATE TABLE setting (
	"key" VARCHAR NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_setting PRIMARY KEY ("key")
);
INSERT INTO "setting" VALUES('upkeep done','2026-11-22T08:30:00+00:00');
CREATE TABLE sighting (
	article_id BIGINT NOT NULL, 
	feed_id BIGINT NOT NULL, 
	url TEXT NOT NULL, 
	told VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_sighting PRIMARY KEY (article_id, feed_id), 
	FOREIGN KEY(article_id) REFERENCES article (id), 
	FOREIGN KEY(feed_id) REFERENCES feed (id)
);
INSERT INTO "sighting" VALUES(1,1,'https://a.example/1','aa44d3f2391b056505d00c682fca9bc2','2026-11-22 08:30:00.000000');
INSERT INTO "sighting" VALUES(2,1,'https://a.example/2','da8875887f0cc43eed8535bb9040aead','2026-11-22 08:30:00.000000');
INSERT INTO "sighting" VALUES(3,1,'https://a.example/3','9985b8f0c7898958a095a054c8aaf160','2026-11-22 08:30:00.000000');
INSERT INTO "sighting" VALUES(4,1,'https://a.example/4','ce51701e6ab72392a40c7b85664968a7','2026-11-22 08:30:00.000000');
INSERT INTO "sighting" VALUES(5,1,'https://a.example/5','29997a5814b618de2f3edd50bb8b90a7','2026-11-22 08:30:00.000000');
INSERT INTO "sighting" VALUES(6,2,'https://a.example/6','f6f425c5ce75e38dfcd7d9727fd1fd55','2026-11-22 09:30:00.000000');
INSERT INTO "sighting" VALUES(1,2,'https://a.example/1','aa44d3f2391b056505d00c682fca9bc2','2026-11-22 09:30:00.000000');
CREATE TABLE story_merge (
	id INTEGER NOT NULL, 
	gone BIGINT NOT NULL, 
	"into" BIGINT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_story_merge PRIMARY KEY (id)
);
INSERT INTO "story_merge" VALUES(1,12,6,'2026-11-22 09:30:00.000000');
CREATE TABLE story_part (
	article_id BIGINT NOT NULL, 
	story BIGINT NOT NULL, 
	copy_of BIGINT, 
	words BLOB NOT NULL, 
	signature BLOB NOT NULL, 
	CONSTRAINT pk_story_part PRIMARY KEY (article_id), 
	FOREIGN KEY(article_id) REFERENCES article (id)
);
INSERT INTO "story_part" VALUES(1,1,NULL,X'',X'');
INSERT INTO "story_part" VALUES(2,2,NULL,X'',X'');
INSERT INTO "story_part" VALUES(6,6,1,X'',X'');
CREATE TABLE summary (
	"key" VARCHAR NOT NULL, 
	text TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_summary PRIMARY KEY ("key")
);
INSERT INTO "summary" VALUES('k','Both sides left.','2026-11-22 09:30:00.000000');
CREATE TABLE trouble (
	"key" VARCHAR NOT NULL, 
	words TEXT NOT NULL, 
	since DATETIME NOT NULL, 
	told DATETIME, 
	CONSTRAINT pk_trouble PRIMARY KEY ("key")
);
INSERT INTO "trouble" VALUES('feeds silent','no feed could be read','2026-11-22 08:30:00.000000',NULL);
CREATE TABLE vector (
	article_id BIGINT NOT NULL, 
	encoder TEXT NOT NULL, 
	vector BLOB NOT NULL, 
	CONSTRAINT pk_vector PRIMARY KEY (article_id), 
	FOREIGN KEY(article_id) REFERENCES article (id)
);
INSERT INTO "vector" VALUES(1,'use-multilingual',X'003C0000');
CREATE TABLE version (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	article_id BIGINT NOT NULL, 
	title TEXT NOT NULL, 
	text TEXT NOT NULL, 
	until DATETIME NOT NULL, 
	FOREIGN KEY(article_id) REFERENCES article (id)
);
INSERT INTO "version" VALUES(1,2,'Talks, part two','The talks in Stockholm go on.','2026-11-22 09:30:00.000000');
CREATE INDEX ix_article_feed_id ON article (feed_id);
CREATE INDEX ix_article_first_seen ON article (first_seen);
CREATE INDEX ix_had_digest_id ON had (digest_id);
CREATE INDEX ix_article_key_article_id ON article_key (article_id);
CREATE INDEX ix_judgement_article_id ON judgement (article_id);
CREATE INDEX ix_judgement_topic_score ON judgement (topic, score);
CREATE INDEX ix_sighting_feed_id ON sighting (feed_id);
CREATE INDEX ix_delivery_state ON delivery (state);
CREATE INDEX ix_feedback_article_id ON feedback (article_id);
CREATE INDEX ix_feed_next_poll ON feed (next_poll);
CREATE INDEX ix_story_part_story ON story_part (story);
CREATE UNIQUE INDEX ix_story_merge_gone ON story_merge (gone);
CREATE INDEX ix_story_merge_into ON story_merge ("into");
CREATE INDEX ix_judgement_story ON judgement (story);
CREATE INDEX ix_version_article_id ON version (article_id);
CREATE INDEX ix_had_change_digest_id ON had_change (digest_id);
CREATE INDEX ix_sighting_feed_id_at ON sighting (feed_id, at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('version',1);
COMMIT;
