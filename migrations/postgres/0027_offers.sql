-- What a redemption was agreed on, where an offer was taken up: as it was then.
ALTER TABLE redemptions ADD COLUMN terms TEXT;
ALTER TABLE redemptions ADD COLUMN offer_id UUID;
-- How often a member took an offer up.
CREATE INDEX redemptions_of_offer ON redemptions (program_id, offer_id, member_id, authorised_at) WHERE offer_id IS NOT NULL;

-- Whether a merchant takes part, and why.
ALTER TABLE merchants ADD COLUMN state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('onboarding', 'active', 'suspended', 'left'));
ALTER TABLE merchants ADD COLUMN reason TEXT;
-- Of a store whose merchant does not take part: nothing is paid there. It stands here because the row is locked and read for every payment anyway.
ALTER TABLE accounts ADD COLUMN shut BIGINT;
CREATE INDEX stores_of_merchant ON stores (program_id, merchant_id, store_id);

-- What merchants give for points. What it says stands in its revisions.
CREATE TABLE offers (
    program_id  UUID NOT NULL,
    offer_id    UUID NOT NULL,
    merchant_id UUID NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'paused', 'ended')),
    -- The newest.
    revision    BIGINT NOT NULL CHECK (revision >= 1),
    -- The stores that it names, each with a space before and after it; or *.
    stores      TEXT NOT NULL,
    -- How many there are, where they are counted; and how many were taken and not given back.
    stock       BIGINT,
    taken       BIGINT NOT NULL CHECK (taken >= 0),
    PRIMARY KEY (program_id, offer_id),
    FOREIGN KEY (program_id, merchant_id) REFERENCES merchants,
    CHECK (taken <= stock)
);
CREATE INDEX offers_of_merchant ON offers (program_id, merchant_id, offer_id);

CREATE TABLE offer_revisions (
    program_id  UUID NOT NULL,
    offer_id    UUID NOT NULL,
    revision    BIGINT NOT NULL,
    terms       TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (program_id, offer_id, revision),
    FOREIGN KEY (program_id, offer_id) REFERENCES offers
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON offer_revisions EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT, UPDATE ON offers TO jifen_serve;
GRANT SELECT, INSERT ON offer_revisions TO jifen_serve;
GRANT UPDATE (state, reason) ON merchants TO jifen_serve;

-- What is to be known of stores and stations by whoever wants to go there. Places in millionths of a degree (WGS-84).
CREATE TABLE places (
    program_id UUID NOT NULL,
    place_id   UUID NOT NULL,
    store_id   UUID,
    site_id    UUID,
    latitude   BIGINT,
    longitude  BIGINT,
    body       TEXT NOT NULL,
    PRIMARY KEY (program_id, place_id),
    FOREIGN KEY (program_id, store_id) REFERENCES stores,
    FOREIGN KEY (program_id, site_id) REFERENCES sites,
    CHECK ((store_id IS NULL) <> (site_id IS NULL))
);
CREATE INDEX places_of_map ON places (program_id, latitude, longitude);
GRANT SELECT, INSERT, UPDATE ON places TO jifen_serve;
