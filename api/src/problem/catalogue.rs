//! Every code a problem may carry: its status, its title and what to do about it.

use axum::http::StatusCode;

use super::codes::codes;

codes! {
    MalformedJson "malformed_json" BAD_REQUEST "The body is not JSON"
        "The body could not be read as JSON. `detail` says where it stops being JSON.";
    InvalidBody "invalid_body" UNPROCESSABLE_ENTITY "The body is not as it should be"
        "`errors` has one item per field: `pointer` (RFC 6901) names it, `code` and `message` say what is wrong.";
    InvalidImport "invalid_import" UNPROCESSABLE_ENTITY "The file cannot be imported"
        "Nothing was imported. `errors` has one item for each `line` and `column` that is to blame, counted from 1; `header` is the column's. \
        `more` says how many errors are not told. `lines` is what the lines that could be read would come to.";
    InvalidQuery "invalid_query" BAD_REQUEST "The query is not as it should be"
        "A parameter of the query is unknown, missing or of another type. Cursors are given back as they were received.";
    IdempotencyKeyMissing "idempotency_key_missing" BAD_REQUEST "An Idempotency-Key header is needed"
        "Requests that move points carry an Idempotency-Key of the caller's choice, so that they can be repeated safely.";
    IdempotencyKeyInvalid "idempotency_key_invalid" BAD_REQUEST "The Idempotency-Key cannot be used"
        "An Idempotency-Key has 1 to 255 printable ASCII characters.";
    Unauthenticated "unauthenticated" UNAUTHORIZED "No valid API key"
        "Send `Authorization: Bearer <token>` with a token made by `jifen key create`, or the cookie of a session.";
    CsrfToken "csrf_token" FORBIDDEN "The session's token is missing"
        "A request with a session's cookie that may change something says the session's token, told at log-in, in the header X-CSRF-Token.";
    LogInRefused "log_in_refused" UNAUTHORIZED "Not logged in"
        "The handle, the password or the code is not right, or was used before. Which of them is not told, nor whether there is anybody of that name.";
    Forbidden "forbidden" FORBIDDEN "This key may not do that"
        "`role` is the role of the key; one of `needed` is what it would have to be able to do. Or what it asks about lies outside the node it reaches: \
        `detail` says which.";
    PhoneLoginUnavailable "phone_login_unavailable" SERVICE_UNAVAILABLE "Nobody can log in by phone here"
        "The server was started without an SMS gateway: see `jifen serve --help`, --sms-url. It needs a master key too.";
    WrongLoginCode "wrong_login_code" UNPROCESSABLE_ENTITY "The code that was sent to the phone is not right"
        "The code is wrong, for something else, older than 5 minutes, used already or replaced by a newer one, or it was guessed at 5 times: ask for another. \
        The same is said where the phone is nobody's.";
    NotFound "not_found" NOT_FOUND "There is no such thing"
        "Nothing is there under this path, or nothing that this caller may see.";
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "Not with this method"
        "The path exists, the method does not. `/openapi.json` lists both.";
    PayloadTooLarge "payload_too_large" PAYLOAD_TOO_LARGE "The body is too large"
        "Send less at a time.";
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "The body must be JSON"
        "Send `Content-Type: application/json`; for a file to be imported, `text/csv`.";
    IdempotencyKeyReused "idempotency_key_reused" UNPROCESSABLE_ENTITY "The Idempotency-Key was used for something else"
        "A key stands for one request for ever. For another request, use another key.";
    InProgress "in_progress" CONFLICT "The same request is still running"
        "A request with this Idempotency-Key has not been answered yet. Ask again with the same key.";
    PolicyChanged "policy_changed" SERVICE_UNAVAILABLE "The policy changed meanwhile"
        "The policy changed several times while the deed was priced. Ask again with the same key.";
    Busy "busy" SERVICE_UNAVAILABLE "Too many requests are waiting"
        "Nothing was done. Ask again after Retry-After seconds, with the same key.";
    TooManyRequests "too_many_requests" TOO_MANY_REQUESTS "Too many requests"
        "Nothing was done, and it says nothing about whether anybody is known here. Ask again after Retry-After seconds; the headers RateLimit-Policy and RateLimit say how many requests are taken, and how many \
        are left.";
    TooManyGuesses "too_many_guesses" TOO_MANY_REQUESTS "Too many guesses"
        "Too many passwords or codes were wrong: of this handle, from this address or at this store. Nothing was looked at: ask again after Retry-After \
        seconds.";
    Timeout "timeout" SERVICE_UNAVAILABLE "It took too long"
        "Whether it took effect is not known here. Ask again with the same key: one key has one effect.";
    Unavailable "unavailable" SERVICE_UNAVAILABLE "The ledger is not available"
        "The database is away or the server is shutting down. Ask again with the same key: one key has one effect.";
    Internal "internal" INTERNAL_SERVER_ERROR "Something is broken here"
        "The cause is in the server's log under this `request_id`.";

    UnknownMember "unknown_member" NOT_FOUND "No such member"
        "This programme has no member of this id.";
    UnknownBudget "unknown_budget" NOT_FOUND "No such budget"
        "This programme has no budget of this id or code. A policy's budget must exist before deeds are awarded by it.";
    UnknownStore "unknown_store" NOT_FOUND "No such store"
        "This programme has no store of this id, or it is not this caller's.";
    UnknownAward "unknown_award" NOT_FOUND "No such award"
        "This programme has no award of this id.";
    UnknownRedemption "unknown_redemption" NOT_FOUND "No such redemption"
        "There is no redemption of this id, or it is another store's.";
    InvalidCode "invalid_code" UNPROCESSABLE_ENTITY "The code is not valid"
        "The code is unknown, expired or already spent: ask the member for a new one.";
    InsufficientPoints "insufficient_points" CONFLICT "Not enough points"
        "The wallet holds `available` points, `requested` were asked for. Expired points cannot be spent.";
    BudgetExhausted "budget_exhausted" CONFLICT "The budget is exhausted"
        "The budget holds `available` points, `requested` are needed. An operator can appropriate more.";
    CapReached "cap_reached" CONFLICT "A cap is reached"
        "The policy's `cap` leaves no room until `window_end`: `used` of `limit` are counted already.";
    AlreadyAwarded "already_awarded" CONFLICT "This deed has an award already"
        "One deed (member, kind and reference) has one award under a policy: `award`.";
    DuplicateDeed "duplicate_deed" CONFLICT "Another deed was about the same thing"
        "The policy counts what is alike, near and at about the same time as one thing. `award` is for it, and is not shared with this deed: \
        only the first is rewarded, or it was divided before, or is this member's own.";
    PositionNeeded "position_needed" UNPROCESSABLE_ENTITY "It has to be said where it happened"
        "The policy counts deeds within `radius` metres of each other as one thing.";
    DeedTooLate "deed_too_late" UNPROCESSABLE_ENTITY "The deed is too long ago"
        "Whether another deed was about the same thing can be told until `until`: 30 days after it happened.";
    ReportsUndecided "reports_undecided" CONFLICT "Other reports of the same thing are still to be decided"
        "An award that is shared vests once every report of the thing is approved or turned down. `reports` of them are not.";
    AlreadyExpired "already_expired" CONFLICT "The points would have expired already"
        "By the policy the points of this deed ran out at `expires_at`.";
    SelfAward "self_award" FORBIDDEN "Nobody awards themselves"
        "Whoever benefits from an award or a redemption cannot make it. Let somebody else do it.";
    SelfApproval "self_approval" FORBIDDEN "Nobody approves their own"
        "An award is approved by somebody who neither submitted it nor benefits from it; a statement is paid by somebody who did not freeze it.";
    SameApprover "same_approver" FORBIDDEN "Two approvals come from two people"
        "This caller approved the award before. Let another person approve it as well.";
    SameNode "same_node" FORBIDDEN "Two approvals come from two nodes"
        "Somebody of the same organization approved the award before. Let somebody of another approve it as well.";
    NotSubmitter "not_submitter" FORBIDDEN "Only who submitted an award takes it back"
        "Ask whoever submitted it, or have it rejected.";
    NoticeOpen "notice_open" CONFLICT "The public notice is still open"
        "The award vests by itself after `until`, if nobody objects.";
    NoticeClosed "notice_closed" CONFLICT "The public notice is over"
        "Objections were possible until `closed_at`. An award that vested can still be reversed.";
    AwardFrozen "award_frozen" CONFLICT "The award is frozen"
        "Somebody objects to it. It goes on once a reviewer has decided the objection.";
    AlreadyObjected "already_objected" CONFLICT "There was an objection before"
        "An award can be objected to once.";
    NoObjection "no_objection" CONFLICT "Nobody objects"
        "There is no objection to decide: the award is on public notice.";
    ReviewerInvolved "reviewer_involved" FORBIDDEN "The reviewer has a part in it"
        "An objection is reviewed by somebody who neither submitted, approved nor benefits from the award, nor objects to it.";
    AwardAlreadyDecided "award_already_decided" CONFLICT "The award is decided already"
        "The award is `state`; what was asked for needs another state.";
    HoldAlreadyResolved "hold_already_resolved" CONFLICT "The hold is resolved already"
        "The redemption is `state` and holds nothing any more.";
    HoldExpired "hold_expired" CONFLICT "The hold has expired"
        "The hold ran out at `expired_at`. Ask the member for a new code and authorise again.";
    HoldNotDue "hold_not_due" CONFLICT "The hold has not run out"
        "The hold lasts until `expires_at`.";
    CaptureExceedsHold "capture_exceeds_hold" CONFLICT "More than was authorised"
        "At most `authorised` points can be captured.";
    NotCaptured "not_captured" CONFLICT "Nothing was captured"
        "Only captured points can be refunded; the redemption is `state`.";
    RefundExceedsCapture "refund_exceeds_capture" CONFLICT "More than is left to refund"
        "At most `refundable` points can be refunded.";
    NothingDue "nothing_due" CONFLICT "Nothing is due"
        "No lot of this member has run out, or nothing of this award's debt may be written off yet.";
    AmountNotPositive "amount_not_positive" UNPROCESSABLE_ENTITY "An amount must be above zero"
        "Amounts are decimals above zero with at most two places.";
    AmountOverflow "amount_overflow" UNPROCESSABLE_ENTITY "The amount is too large"
        "The sum does not fit. Amounts stay below 92,233,720,368,547,758.07.";
    UnreadablePolicy "unreadable_policy" UNPROCESSABLE_ENTITY "The policy cannot be put in force"
        "`problem` names line and column; `jifen policy check` shows them all.";
    DeedInFuture "deed_in_future" UNPROCESSABLE_ENTITY "The deed is still to come"
        "A deed is awarded once it has happened: correct `occurred_at`.";
    AlreadyExists "already_exists" CONFLICT "It exists already"
        "A record of this id, code or name is there already.";
    UnknownReference "unknown_reference" UNPROCESSABLE_ENTITY "It refers to a record that does not exist"
        "The organization, merchant or member named is not in this programme. Register it first, or correct the id.";
    OrganizationKind "organization_kind" UNPROCESSABLE_ENTITY "No organization is of that kind"
        "An organization is a district, street, community, grid, committee or team.";
    StaffLeft "staff_left" CONFLICT "The staff member has left"
        "Nobody who left is appointed or given a key. Put them on record anew if they come back.";
    UnknownAccess "unknown_access" NOT_FOUND "There is no such appointment, staff member or key"
        "The id names none of this programme's.";
    AlreadyEnded "already_ended" CONFLICT "It has ended, or ends no later"
        "What has ended stays so, and nothing is made to end later than it was to: `ends_at` is when.";
    UnknownActivity "unknown_activity" NOT_FOUND "No such activity"
        "There is no activity of this id in the programme, or it has no such slot: slots are counted from 0.";
    UndoOver "undo_over" CONFLICT "The day of the charge is over"
        "A charge is undone on its day, until `until`. Whoever manages the store refunds it afterwards.";
    TooManyPayments "too_many_payments" CONFLICT "Paid often enough today"
        "A member pays at stores' own codes `limit` times a day at most. A code that the member shows to the clerk still pays.";
    OfflineLimit "offline_limit" CONFLICT "More than is paid without signal"
        "A code of a device without signal pays `at_once` points at most, and `left` more today. With signal the member shows a one-time code.";
    UnknownDevice "unknown_device" NOT_FOUND "No such device"
        "The device is not this member's, or it has ended.";
    TooManyDevices "too_many_devices" CONFLICT "As many devices as a member may have"
        "At most `limit` devices show codes without signal: end one that is not used any more.";
    ObjectionLate "objection_late" CONFLICT "It is too late to object to the charge"
        "A charge is objected to within 30 days, until `until`.";
    ChargeObjected "charge_objected" CONFLICT "There was an objection to this charge"
        "A charge is objected to once. `GET /v1/redemptions/{id}/objection` says what was answered.";
    NoOpenObjection "no_open_objection" CONFLICT "No objection waits for an answer"
        "Nobody objected to this charge, or it was answered before.";
    UnknownDeed "unknown_deed" NOT_FOUND "No such deed on record"
        "The member has not signed up for or checked in to this, or the deed's id is none.";
    DeedAnswered "deed_answered" CONFLICT "The deed's award is not open"
        "Its award was answered already, or is still asked for: see the deed.";
    DeedState "deed_state" CONFLICT "The deed has got too far, or not far enough"
        "`state` says where it stands: promised, begun, done or void. Look at the deed before trying again.";
    BadPlan "bad_plan" UNPROCESSABLE_ENTITY "The activity cannot be planned so"
        "`problem` says what is wrong with its slots, fence or facts.";
    ActivityTaken "activity_taken" CONFLICT "Members have places in this activity"
        "Its times, form and facts stay as they are; slots may be added, and quotas may grow. Or call it off and plan another.";
    ActivityCancelled "activity_cancelled" CONFLICT "The activity does not take place"
        "It was called off. Nobody can sign up or check in any more.";
    ActivityFull "activity_full" CONFLICT "No place is left"
        "All `quota` places of the slot are taken. Try another slot, or later: places may be given back.";
    ActivityOver "activity_over" CONFLICT "It is over"
        "The slot ended at `ended_at`. Staff can enter afterwards who was there.";
    ActivityNotOpen "activity_not_open" CONFLICT "It is too early"
        "This can be done from `opens_at` on.";
    OutsideSlot "outside_slot" UNPROCESSABLE_ENTITY "The time is not within the slot"
        "What is entered afterwards lies between `from` and `until`, ends after it begins, and is past.";
    UnknownAttachment "unknown_attachment" CONFLICT "This cannot be attached"
        "`attachment` was never uploaded, by somebody else, more than a day ago, or is attached already. Upload it, and attach it once.";
    TooManyAttachments "too_many_attachments" CONFLICT "Too many are waiting to be attached"
        "Attach what you uploaded, or wait: what is attached to nothing is forgotten after a day.";
    BadPhoto "bad_photo" UNPROCESSABLE_ENTITY "The photo cannot be used"
        "It is damaged, or has too few pixels for anything to be seen. Take it again.";
    NoFence "no_fence" CONFLICT "Nobody checks in by position here"
        "The activity has no place on the map: check in with the code on the organizer's screen.";
    OutsideFence "outside_fence" CONFLICT "Too far away"
        "The device is not within `radius` metres of the place. Go there, or use the code on the organizer's screen.";
    UnknownHazard "unknown_hazard" NOT_FOUND "No such hazard on record"
        "There is no report of this id in the programme.";
    HazardState "hazard_state" CONFLICT "This cannot be done about the hazard now"
        "`state` says how far `hazard` got. Look at it before trying again: `steps` says what may be done.";
    BothAwarded "both_awarded" CONFLICT "Both reports are awarded"
        "One hazard is awarded once: `award` and `other` stand, and share nothing. Reverse or reject one of them, then say again that it is a duplicate.";
    TooManyPhotos "too_many_photos" UNPROCESSABLE_ENTITY "Too many photos"
        "A report has at most `limit` photos. Send those that show it best.";
    BadCode "bad_code" UNPROCESSABLE_ENTITY "No grid or team is called so"
        "A grid or team is named by a code of at most 64 letters, digits and -_.:/";
    BadHours "bad_hours" UNPROCESSABLE_ENTITY "No step can take so long, or so short"
        "A step may take between an hour and a year (8784 hours).";
    TimeCounted "time_counted" CONFLICT "The time counts for another deed"
        "The member's time from `from` to `until` counts for `deed`, which is on record: an hour counts once. Enter when the deed was and how many minutes it took, from `occurred_at` on, without that time.";
    PhotoUsed "photo_used" CONFLICT "The photo was awarded before"
        "`award` was made for something that was shown with the same photo, perhaps made smaller, brighter or packed again. A photo counts once.";
    BadGrid "bad_grid" UNPROCESSABLE_ENTITY "The cells cannot be put on the map so"
        "`problem` says what is wrong with their codes, names, number or rule. Nothing was put on the map.";
    UnknownGrid "unknown_grid" NOT_FOUND "No such cell"
        "No cell of the map is called `grid`: `GET /v1/grids` lists them.";
    GridRetired "grid_retired" CONFLICT "The cell is patrolled no more"
        "Nobody begins a shift there until it is imported again.";
    OutsideGrid "outside_grid" CONFLICT "Outside the cell"
        "The device is not within cell `grid`, nor near enough to its boundary. Places outside count on no shift.";
    NoGridHere "no_grid_here" CONFLICT "No cell is here"
        "The position lies in no cell that is patrolled. Go to one, or name it.";
    ShiftOpen "shift_open" CONFLICT "Another shift has not ended"
        "Nobody is on two shifts at once: end the one of `deed` first.";
    OutsideShift "outside_shift" UNPROCESSABLE_ENTITY "That was not on the shift"
        "The shift lasts from `from` to `until` at the latest. Correct `at`, or begin another.";
    TooManyWaypoints "too_many_waypoints" CONFLICT "The shift has too many places"
        "A shift has at most `limit` places, counted or not. End it.";
    UnknownOrder "unknown_order" NOT_FOUND "No such order"
        "There is no order of this id in the programme, or staff have not posted it.";
    BadOrder "bad_order" UNPROCESSABLE_ENTITY "The order cannot be posted so"
        "`problem` says what is wrong with its facts, title, places, skills or times.";
    OrderState "order_state" CONFLICT "The order has got too far, or not far enough"
        "`state` says where it stands: asked, posted, confirmed, withdrawn or expired.";
    OrderTaken "order_taken" CONFLICT "No place is left"
        "As many members as are wanted, `places`, have taken it on. One may be given back.";
    OrderOver "order_over" CONFLICT "It is not wanted any more"
        "It was wanted by `by`.";
    ClaimNotDue "claim_not_due" CONFLICT "There is time left"
        "Nothing is closed by itself before `until`.";
    TooManyClaims "too_many_claims" CONFLICT "Too many orders taken on"
        "A member has at most `limit` orders that are not done. Do one, or give one back.";
    SkillsMissing "skills_missing" CONFLICT "The order takes skills"
        "The member is not known to have `missing`. Staff note what members are able to do.";
    NotInTeam "not_in_team" CONFLICT "No such team, or not a member of it"
        "There is no team of the code `team`, or the member does not belong to it now, or does already.";
    OwnProposal "own_proposal" FORBIDDEN "Nobody confirms what they proposed"
        "Another person looks into it and confirms or refuses it.";
    BadFact "bad_fact" UNPROCESSABLE_ENTITY "Something cannot be that"
        "`fact` is `expected`.";
    BadPledge "bad_pledge" UNPROCESSABLE_ENTITY "It cannot be promised so"
        "`problem` says what is wrong with its kind, target or time.";
    UnknownPledge "unknown_pledge" NOT_FOUND "No such pledge that goes on"
        "The member has no pledge of this id, or it is over.";
    EffectiveInPast "effective_in_past" UNPROCESSABLE_ENTITY "Nothing takes effect in the past"
        "Name a moment from `earliest` on, or none for now.";
    Superseded "superseded" CONFLICT "A later version is recorded already"
        "A version of this policy or layer from `from` on is recorded. A new one takes effect after it.";
    LayerName "layer_name" UNPROCESSABLE_ENTITY "A layer cannot be called so"
        "Policies name layers in `geofence`: 1 to 64 lower-case letters, digits and hyphens.";
    TooManyLayers "too_many_layers" CONFLICT "The map has too many layers"
        "A programme's map has at most `limit` layers. Put several areas into one, or change one that is there.";
    UnknownDraft "unknown_draft" NOT_FOUND "No such draft"
        "This programme has no draft of a policy of this id.";
    DraftNeeded "draft_needed" CONFLICT "A new version of a policy goes by way of a draft"
        "Import it under /v1/policies/drafts, simulate it, and have another person approve it.";
    DraftNotReady "draft_not_ready" CONFLICT "The draft is not ready for that"
        "The draft is `state`. A draft passes its own cases, is simulated, and is then approved once, by another than who imported it.";
    TooManyDrafts "too_many_drafts" UNPROCESSABLE_ENTITY "No policy, or too many at once"
        "Import or approve 1 to `limit` policies at once.";
    ProgramClosed "program_closed" CONFLICT "The programme has closed"
        "After `since` the programme takes no more deeds, or no more payments. What was reached cannot be moved.";
    ClosingTooEarly "closing_too_early" UNPROCESSABLE_ENTITY "A programme cannot close then"
        "A programme closes now or later, and may only be moved later: from `earliest` on.";
    ClosingOrder "closing_order" UNPROCESSABLE_ENTITY "Spending cannot end before earning"
        "`last_spending` is `last_earning` or later.";
    MemberMerged "member_merged" CONFLICT "The member was merged into another"
        "`member` and `into` are one person. Ask again for `into`.";
    MergeIntoSelf "merge_into_self" UNPROCESSABLE_ENTITY "A member cannot be merged into themselves"
        "Name another member as `into`.";
    MemberErased "member_erased" GONE "What was held about the member was erased"
        "Their points stand as they stood; nothing personal of `member` can be read or kept any more.";
    ErasureBlocked "erasure_blocked" CONFLICT "Something is still to be settled with the member"
        "`held` points are on hold, or somebody objects to `award`. Capture or void the holds and review the objection, then ask again.";
    Suppressed "suppressed" CONFLICT "It cannot be enrolled again yet"
        "The phone or identity number was that of a member who was erased. It can be enrolled again after `until`, unless that member owes points.";
    PhoneOfAnother "phone_of_another" CONFLICT "The phone belongs to somebody else"
        "By the records it is that of `member`, who has another identity number. Change that member's phone, then ask again.";
    PhoneTaken "phone_taken" CONFLICT "The phone is not yours by the records"
        "The code was right, but the phone is that of another member, or was that of one who was erased. Staff find out who is who.";
    NoMasterKey "no_master_key" SERVICE_UNAVAILABLE "Nothing personal can be kept or read here"
        "The server was started without a master key, or without the one that this is sealed under: see `jifen serve --help`, --master-key-file.";
    UnknownFunder "unknown_funder" NOT_FOUND "No such funder"
        "This programme has no funder of this id.";
    RateNeeded "rate_needed" CONFLICT "A funder and a rate are needed"
        "Something was redeemed without an offer (`redemption`), so nothing says who pays for it: name `funder` and `rate`, both.";
    StatementState "statement_state" CONFLICT "The statement stands elsewhere"
        "The statement is `state`: frozen or disputed, then confirmed by its store, approved by a second person, gathered once, and paid.";
    StatementDisputed "statement_disputed" CONFLICT "Lines are disputed"
        "`open` lines that the store disputes have no answer yet. Answer each: `POST /v1/statements/{id}/answers`.";
    NotConfirmed "not_confirmed" CONFLICT "The store has not confirmed it"
        "The store may answer until `until`. After that the statement is approved without its answer by who says `unanswered`.";
    StoreOnly "store_only" FORBIDDEN "This is for the store to say"
        "A statement is confirmed and disputed by the store whose it is, with its own key.";
    UnknownLine "unknown_line" NOT_FOUND "No such line"
        "The statement has no line of this `version`. `GET /v1/statements/{id}/lines` has them.";
    AlreadyDisputed "already_disputed" CONFLICT "The line was disputed before"
        "A line is disputed once. `GET /v1/statements/{id}` says what came of it.";
    NoDispute "no_dispute" CONFLICT "No dispute waits for an answer"
        "The line of this `version` is not disputed, or was answered.";
    TooManyDisputes "too_many_disputes" CONFLICT "Too many lines are disputed"
        "At most `limit` lines of a statement are disputed one by one. Talk to whoever froze it.";
    BadPayments "bad_payments" CONFLICT "So many statements are not paid together"
        "1 to `limit` approved statements are gathered at once; there may be none.";
    PayeeMissing "payee_missing" CONFLICT "It is not known whom to pay"
        "Of the `merchants` it is not known to whom their money goes: `POST /v1/merchants/{id}/payee`.";
    UnknownStatement "unknown_statement" NOT_FOUND "No such statement"
        "This programme has no statement of this id.";
    NothingToSettle "nothing_to_settle" CONFLICT "There is nothing to settle"
        "What the store accepted since its last statement comes to `points`: nothing, less than a fen, or less than came back, in points or in money. \
        It waits for the next statement.";
    StatementRange "statement_range" CONFLICT "A statement cannot end there"
        "A statement covers versions of merchant:accepted from `from`, the first not covered yet, to `newest` at the latest.";
    FundsExhausted "funds_exhausted" CONFLICT "The fund does not cover it"
        "The fund holds `available` yuan, `requested` are needed. Receive more from the funder, or name another.";
    AlreadyPaid "already_paid" CONFLICT "The statement is paid already"
        "A statement is paid once. `GET /v1/statements/{id}` says when and under which reference.";
    NotAppellant "not_appellant" FORBIDDEN "The review did not go against you"
        "A review is appealed by whom it went against: the award's member where the objection was upheld, who objected where it was dismissed.";
    AlreadyAppealed "already_appealed" CONFLICT "The review was appealed before"
        "A review is appealed once. What is made of the appeal is the last word.";
    AppealOpen "appeal_open" CONFLICT "The review can still be appealed"
        "The objection was reviewed. Until `until` whom the review went against may appeal; only then does somebody decide again.";
    AppealOver "appeal_over" CONFLICT "It is too late for an appeal"
        "The review could be appealed until `until`.";
    RecordsUnavailable "records_unavailable" SERVICE_UNAVAILABLE "No service record can be signed here"
        "The server was started without a key for service records: see `jifen record key` and `jifen serve --help`, --record-key-file.";
    BudgetClosed "budget_closed" CONFLICT "The budget is closed"
        "Its period was settled at `closed_at`: what was left of it was returned or carried over.";
    OutsidePeriod "outside_period" CONFLICT "The budget pays for deeds of another time"
        "It pays for deeds from `starts_at` until before `ends_at`. Put a version of the policy in force that draws on the budget of the deed's time, or plan this one otherwise.";
    BadBudgetPlan "bad_budget_plan" UNPROCESSABLE_ENTITY "The plan cannot be so"
        "`flaw` says what is wrong: purpose, period, settle_days, over or into_itself.";
    UnknownMerchant "unknown_merchant" NOT_FOUND "No such merchant"
        "This programme has no merchant of this id.";
    MerchantState "merchant_state" CONFLICT "The merchant does not go on from where it stands to there"
        "The merchant is `state`. onboarding leads to active or left, active to suspended or left, suspended to active or left.";
    MerchantSuspended "merchant_suspended" CONFLICT "The store takes no points"
        "Its merchant does not take part: not yet, not for now or no more. What was charged there before can be refunded.";
    UnknownOffer "unknown_offer" NOT_FOUND "No such offer"
        "This programme has no offer of this id.";
    BadOffer "bad_offer" UNPROCESSABLE_ENTITY "The offer cannot be so"
        "`flaw` says which field is wrong and how.";
    BadProfile "bad_profile" UNPROCESSABLE_ENTITY "What is said of the place cannot be so"
        "`flaw` says which field is wrong and how.";
    StockTaken "stock_taken" CONFLICT "More are taken than there would be"
        "`taken` of the offer are taken and not given back: its stock is that or more.";
    OfferState "offer_state" CONFLICT "The offer is in another state"
        "The offer is `state` already, or has ended for good.";
    OfferNotOpen "offer_not_open" CONFLICT "The offer is not open"
        "It is paused or ended (`state`), not good before `from`, or no more good since `until`.";
    OfferNotHere "offer_not_here" CONFLICT "The offer is not to be had here"
        "It is another merchant's, or good at other stores of this merchant's. `GET /v1/offers?store=…` lists what is to be had at a store.";
    OfferNotNow "offer_not_now" CONFLICT "The offer is not to be had now"
        "It is good on certain days of the week at certain hours, in the programme's time zone: its `hours`.";
    OutOfStock "out_of_stock" CONFLICT "Nothing is left of the offer"
        "All are taken. What is given back (a hold that is voided or runs out, a whole refund) is there again.";
    OfferLimitReached "offer_limit_reached" CONFLICT "The member took it up as often as one may"
        "A member may take the offer up `limit` times in a stretch of the calendar (`every`): again from `again_at` on.";
    NotEligible "not_eligible" CONFLICT "The member has not done enough for the offer"
        "The offer is for who did `needed` deeds of kind `deed` within the last `within_days` days, each with an award that has vested: `missing` are \
        missing. Nothing but deeds is asked.";
    AmountRequired "amount_required" UNPROCESSABLE_ENTITY "The price goes by the amount"
        "Say in `amount` what it would cost in yuan.";
    AmountUnwanted "amount_unwanted" UNPROCESSABLE_ENTITY "The price does not go by an amount"
        "The offer has a fixed price: leave `amount` out.";
    AmountTooSmall "amount_too_small" UNPROCESSABLE_ENTITY "The amount comes to no points"
        "At the offer's rate and rounding the amount is less than a hundredth of a point.";
    InGroup "in_group" CONFLICT "One of the group was turned down"
        "Nothing of the group took effect. `line` (from 1) was turned down by `rejection`.";
    BadGroup "bad_group" UNPROCESSABLE_ENTITY "The group cannot be taken"
        "A group has 1 to `limit` commands.";

    NoPolicy "no_policy" UNPROCESSABLE_ENTITY "No policy prices this deed"
        "No policy in force at `occurred_at` prices deeds of `kind`, or the policy named is not in force then.";
    SeveralPolicies "several_policies" UNPROCESSABLE_ENTITY "Several policies price this deed"
        "Name one of `policies` in `policy`.";
    WrongDeedKind "wrong_deed_kind" UNPROCESSABLE_ENTITY "The policy is about another kind of deed"
        "The policy is about `expected`, the deed is `found`.";
    OutsideEffectiveWindow "outside_effective_window" UNPROCESSABLE_ENTITY "The deed is outside the time the policy holds"
        "The policy holds from `from` until before `until`.";
    MomentOutOfRange "moment_out_of_range" UNPROCESSABLE_ENTITY "The moment is beyond the calendar"
        "Dates are held to years that can be computed.";
    UnknownFact "unknown_fact" UNPROCESSABLE_ENTITY "Deeds of this kind have no such fact"
        "`/v1/deed-kinds` lists the facts of each kind. `near` may be the one that was meant.";
    DerivedFact "derived_fact" UNPROCESSABLE_ENTITY "This fact is computed"
        "The fact follows from others and cannot be given.";
    WrongFactType "wrong_fact_type" UNPROCESSABLE_ENTITY "A fact is of another type"
        "`fact` must be `expected`.";
    WrongFactValue "wrong_fact_value" UNPROCESSABLE_ENTITY "A fact is outside its range or list"
        "`fact` must be `expected`.";
    MissingFact "missing_fact" UNPROCESSABLE_ENTITY "A fact is missing"
        "The deed has to state `fact`: `expected`.";
    UnknownEvidence "unknown_evidence" UNPROCESSABLE_ENTITY "There is no such class of evidence"
        "`near` may be the one that was meant.";
    MissingEvidence "missing_evidence" UNPROCESSABLE_ENTITY "The deed is not shown by what the policy wants to see"
        "The deed lacks `missing`: all of them, or one of them where `any` is true.";
    OutsideGeofence "outside_geofence" UNPROCESSABLE_ENTITY "The deed did not happen where the policy holds"
        "The place is not in `layer` of the programme's map.";
    NoRuleApplies "no_rule_applies" UNPROCESSABLE_ENTITY "No rule of the policy applies"
        "`rules` lists each rule with the conditions that failed and by how much.";
    NothingEarned "nothing_earned" UNPROCESSABLE_ENTITY "The rule gives nothing"
        "What the rule gives rounds to less than a hundredth of a point.";
    Amount "amount" UNPROCESSABLE_ENTITY "The rule gives more than can be held"
        "`reason` says what is wrong with the amount.";

    InvalidLayer "invalid_layer" UNPROCESSABLE_ENTITY "The layer has errors"
        "`errors` points at each in the GeoJSON. Coordinates are WGS-84, longitude first; rings are closed and do not cross.";
    InvalidPolicy "invalid_policy" UNPROCESSABLE_ENTITY "The policy has errors"
        "`errors` lists each with its line and column, what was expected and the word that may have been meant.";
    PolicyCasesFailed "policy_cases_failed" UNPROCESSABLE_ENTITY "The policy fails its own cases"
        "`errors` lists each case of the file that came out otherwise than it says.";
}

impl Code {
    /// The code of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}
