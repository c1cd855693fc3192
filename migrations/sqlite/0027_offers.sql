-- What a redemption was agreed on, where an offer was taken up: as it was then.
ALTER TABLE redemptions ADD COLUMN terms TEXT;
