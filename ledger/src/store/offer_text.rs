//! The statements of merchants and what they offer. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    LOCK_OFFERS = "SELECT o.offer_id FROM {rows offer_id:uuid} CROSS JOIN offers o \
        WHERE o.program_id = r.program_id AND o.offer_id = r.offer_id ORDER BY o.offer_id {lock o}";
    OFFERS = "SELECT o.offer_id, o.merchant_id, o.state, o.revision, o.taken, v.terms FROM {rows offer_id:uuid} CROSS JOIN offers o \
        CROSS JOIN offer_revisions v WHERE o.program_id = r.program_id AND o.offer_id = r.offer_id \
        AND v.program_id = o.program_id AND v.offer_id = o.offer_id AND v.revision = o.revision";
    MERCHANTS_OF_STORES = "SELECT s.store_id, s.merchant_id FROM {rows store_id:uuid} CROSS JOIN stores s \
        WHERE s.program_id = r.program_id AND s.store_id = r.store_id";
    /// What members took of offers since a moment and did not give back.
    TAKEN = "SELECT d.offer_id, d.member_id, d.redemption_id, d.authorised_at FROM {rows offer_id:uuid member_id:uuid since:int} \
        CROSS JOIN redemptions d {by redemptions_of_offer} WHERE d.program_id = r.program_id AND d.offer_id = r.offer_id \
        AND d.member_id = r.member_id AND d.authorised_at >= r.since AND (d.state = 'held' OR (d.state = 'captured' AND d.refunded < d.captured))";
    /// Deeds of members whose awards vested and stand: of awards after an id, because no deed is awarded before it happened.
    DONE = "SELECT a.member_id, a.award_id, a.deed FROM {rows member_id:uuid after:uuid} CROSS JOIN lots l CROSS JOIN awards a \
        WHERE l.program_id = r.program_id AND l.member_id = r.member_id AND l.lot_id > r.after \
        AND a.program_id = l.program_id AND a.award_id = l.lot_id AND a.state = 'vested'";

    NEW_OFFERS = "INSERT INTO offers (program_id, offer_id, merchant_id, state, revision, stores, stock, taken) \
        SELECT r.program_id, r.offer_id, r.merchant_id, r.state, r.revision, r.stores, r.stock, r.taken \
        FROM {rows offer_id:uuid merchant_id:uuid state:text revision:int stores:text stock:int taken:int}";
    CHANGED_OFFERS = "UPDATE offers SET state = r.state, revision = r.revision, stores = r.stores, stock = r.stock, taken = r.taken \
        FROM {rows offer_id:uuid merchant_id:uuid state:text revision:int stores:text stock:int taken:int} \
        WHERE offers.program_id = r.program_id AND offers.offer_id = r.offer_id";
    NEW_REVISIONS = "INSERT INTO offer_revisions (program_id, offer_id, revision, terms, recorded_at) \
        SELECT r.program_id, r.offer_id, r.revision, r.terms, r.recorded_at \
        FROM {rows offer_id:uuid revision:int terms:text recorded_at:int}";

    LINK_STORES = "SELECT s.merchant_id, s.store_id FROM {rows merchant_id:uuid} CROSS JOIN stores s {by stores_of_merchant} \
        WHERE s.program_id = r.program_id AND s.merchant_id = r.merchant_id";
    LOCK_MERCHANTS = "SELECT m.merchant_id FROM {rows merchant_id:uuid} CROSS JOIN merchants m \
        WHERE m.program_id = r.program_id AND m.merchant_id = r.merchant_id ORDER BY m.merchant_id {lock m}";
    MERCHANTS = "SELECT m.merchant_id, m.state FROM {rows merchant_id:uuid} CROSS JOIN merchants m \
        WHERE m.program_id = r.program_id AND m.merchant_id = r.merchant_id";
    MOVE_MERCHANTS = "UPDATE merchants SET state = r.state, reason = r.reason FROM {rows merchant_id:uuid state:text reason:text} \
        WHERE merchants.program_id = r.program_id AND merchants.merchant_id = r.merchant_id";
    TURN_STORES = "UPDATE accounts SET shut = r.shut FROM {rows owner:uuid kind:int shut:int} \
        WHERE accounts.program_id = r.program_id AND accounts.owner = r.owner AND accounts.kind = r.kind";
    END_HOLDS = "UPDATE redemptions SET hold_expires_at = r.ends_at FROM {rows store_id:uuid ends_at:int} \
        WHERE redemptions.program_id = r.program_id AND redemptions.store_id = r.store_id AND redemptions.state = 'held' \
        AND redemptions.hold_expires_at > r.ends_at";

    ALL_MERCHANTS = "SELECT m.merchant_id, m.name, m.state, m.reason FROM merchants m WHERE m.program_id = $1 AND m.merchant_id > $2 \
        ORDER BY m.merchant_id LIMIT $3";
    MERCHANT = "SELECT m.merchant_id, m.name, m.state, m.reason FROM merchants m WHERE m.program_id = $1 AND m.merchant_id = $2";
    OFFERS_OF_IDS = "SELECT o.offer_id, o.merchant_id, o.state, o.revision, o.taken, v.terms, m.state FROM {rows offer_id:uuid} \
        CROSS JOIN offers o CROSS JOIN offer_revisions v CROSS JOIN merchants m WHERE o.program_id = r.program_id AND o.offer_id = r.offer_id \
        AND v.program_id = o.program_id AND v.offer_id = o.offer_id AND v.revision = o.revision \
        AND m.program_id = o.program_id AND m.merchant_id = o.merchant_id";
    /// What may be open at each of some stores: what names it (as `name`), and what its merchant offers that names none.
    OFFERS_AT_STORES = "SELECT s.store_id, o.offer_id FROM {rows store_id:uuid name:text} CROSS JOIN stores s \
        CROSS JOIN offers o {by offers_of_merchant} WHERE s.program_id = r.program_id AND s.store_id = r.store_id \
        AND o.program_id = s.program_id AND o.merchant_id = s.merchant_id AND o.state = 'open' \
        AND (o.stores = '*' OR o.stores LIKE '% ' || r.name || ' %') ORDER BY s.store_id, o.offer_id";
    REVISIONS = "SELECT v.revision, v.terms, v.recorded_at FROM offer_revisions v WHERE v.program_id = $1 AND v.offer_id = $2 \
        AND v.revision < $3 ORDER BY v.revision DESC LIMIT $4";
    OFFERS_AFTER = "SELECT o.offer_id, o.merchant_id, o.state, o.revision, o.taken, v.terms, m.state FROM offers o \
        JOIN offer_revisions v ON v.program_id = o.program_id AND v.offer_id = o.offer_id AND v.revision = o.revision \
        JOIN merchants m ON m.program_id = o.program_id AND m.merchant_id = o.merchant_id \
        WHERE o.program_id = $1 AND o.offer_id > $2 ORDER BY o.offer_id LIMIT $3";
    OFFERS_OF_MERCHANT = "SELECT o.offer_id, o.merchant_id, o.state, o.revision, o.taken, v.terms, m.state FROM offers o \
        JOIN offer_revisions v ON v.program_id = o.program_id AND v.offer_id = o.offer_id AND v.revision = o.revision \
        JOIN merchants m ON m.program_id = o.program_id AND m.merchant_id = o.merchant_id \
        WHERE o.program_id = $1 AND o.merchant_id = $4 AND o.offer_id > $2 ORDER BY o.offer_id LIMIT $3";
    /// Those that name the store (`$5`), and those of its merchant that name none.
    OFFERS_OF_STORE = "SELECT o.offer_id, o.merchant_id, o.state, o.revision, o.taken, v.terms, m.state FROM stores s \
        CROSS JOIN offers o {by offers_of_merchant} \
        JOIN offer_revisions v ON v.program_id = o.program_id AND v.offer_id = o.offer_id AND v.revision = o.revision \
        JOIN merchants m ON m.program_id = o.program_id AND m.merchant_id = o.merchant_id \
        WHERE s.program_id = $1 AND s.store_id = $4 AND o.program_id = s.program_id AND o.merchant_id = s.merchant_id AND o.offer_id > $2 \
        AND (o.stores = '*' OR o.stores LIKE '% ' || $5 || ' %') \
        ORDER BY o.offer_id LIMIT $3";
}
