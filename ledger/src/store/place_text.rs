//! The statements of where stores and stations are. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    DESCRIBE_PLACES = "INSERT INTO places (program_id, place_id, store_id, site_id, latitude, longitude, body) \
        SELECT r.program_id, r.place_id, r.store_id, r.site_id, r.latitude, r.longitude, r.body \
        FROM {rows place_id:uuid store_id:uuid site_id:uuid latitude:int longitude:int body:text} WHERE TRUE \
        ON CONFLICT (program_id, place_id) DO UPDATE SET latitude = excluded.latitude, longitude = excluded.longitude, body = excluded.body";

    PLACE = "SELECT p.body FROM places p WHERE p.program_id = $1 AND p.place_id = $2";
    /// Stations, and stores of merchants that take part, between these latitudes and longitudes.
    PLACES_WITHIN = "SELECT p.place_id, p.latitude, p.longitude FROM places p {by places_of_map} \
        LEFT JOIN stores s ON s.program_id = p.program_id AND s.store_id = p.store_id \
        LEFT JOIN merchants m ON m.program_id = s.program_id AND m.merchant_id = s.merchant_id \
        WHERE p.program_id = $1 AND p.latitude >= $2 AND p.latitude <= $3 AND p.longitude >= $4 AND p.longitude <= $5 \
        AND (p.store_id IS NULL OR m.state = 'active') LIMIT $6";
    PLACES = "SELECT p.place_id, COALESCE(s.name, t.name), COALESCE(s.address, t.address), p.body \
        FROM {rows place_id:uuid} CROSS JOIN places p \
        LEFT JOIN stores s ON s.program_id = p.program_id AND s.store_id = p.store_id \
        LEFT JOIN sites t ON t.program_id = p.program_id AND t.site_id = p.site_id \
        WHERE p.program_id = r.program_id AND p.place_id = r.place_id";
}
