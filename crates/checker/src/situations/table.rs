//! The situations: their names, and what each means.

macro_rules! situations {
    ($($kind:ident $name:literal $summary:literal,)+) => {
        /// A situation that is counted.
        #[derive(Clone, Copy)]
        pub(super) enum Situation {
            $($kind),+
        }

        /// The name of each situation and its meaning, in the same order.
        pub(super) const ALL: &[(&str, &str)] = &[$(($name, $summary)),+];
    };
}

situations! {
    FaultsDelivered "faults-delivered" "a planned fault began",
    CancelInFlight "cancel-in-flight" "a call was dropped after its command was sent and before its reply was read",
    ReusedUnread "reused-unread" "a connection was used again with a reply still to come",
    ColdMiss "cold-miss" "between the first fault and the end of the last, a key was read that the cache did not have",
    CacheReconnected "cache-reconnected" "between the first fault and the end of the last, a gateway connected to a cache node",
    ReconnectStorm "reconnect-storm" "after the first fault, a tenth of the cameras reconnected within 5 s",
    TwoUsersOneConnection "two-users-one-connection" "one connection carried commands for two users one after the other or, where the user is unknown, for two keys",
    ChangeDuringFault "change-during-fault" "between the first fault and the end of the last, a claim, grant, revocation or deletion was committed",
    BacklogDrained "backlog-drained" "an event captured before the last fault ended was acknowledged 2 s or more later",
    FillAcrossInvalidation "fill-across-invalidation" "a key was filled by a request that began before another request invalidated it",
    GatewayLost "gateway-lost" "a gateway went down",
    CacheLost "cache-lost" "a cache node went down",
    CommandRejected "command-rejected" "a cache node answered a command with an error, as it does while it loads its data",
    LateDelivery "late-delivery" "an event was pushed 5 s or more after it was captured",
    PushDelivered "push-delivered" "an event was pushed to a phone",
    ListDelivered "list-delivered" "an event was listed",
    ThumbnailDelivered "thumbnail-delivered" "a thumbnail was shown",
    TapDelivered "tap-delivered" "a thumbnail was tapped and enlarged",
    VideoDelivered "video-delivered" "a video was played",
    Denied "denied" "a request was denied",
    CrowdedGateway "crowded-gateway" "a gateway was working on ten users' requests at once",
    DroppedInCompany "dropped-in-company" "a user's request was dropped while its gateway was working on another user's",
    ListRush "list-rush" "between the first fault and the end of the last, ten users asked one gateway for the Events tab within 1 s",
    IdentityShownTwice "identity-shown-twice" "a camera tried to authenticate with the identity of another",
    ChangeUnanswered "change-unanswered" "a change of ownership or grants was given up, timed out or was cut off in flight",
    UploadUnanswered "upload-unanswered" "an upload timed out or was cut off in flight",
    SoonRevoked "soon-revoked" "between the first fault and the end of the last, a grant was revoked within 5 s",
    CacheHit "cache-hit" "a read returned a value written for its key",
    CacheWrite "cache-write" "a cache node carried out a write",
    GuestAtTransfer "guest-at-transfer" "a camera was transferred while a user other than its owner held a grant",
    MgetsOverlap "mgets-overlap" "two multi-gets of one gateway were in flight at once",
    MgetDropped "mget-dropped" "a multi-get was dropped before its end",
    MgetRejected "mget-rejected" "a cache node answered a command of a multi-get with an error",
    ReadsOverlap "reads-overlap" "two reads of one key were in flight at once on one gateway",
    ReadAfterDelete "read-after-delete" "a gateway read a key within 500 ms of the acknowledgement of a delete that it had sent for that key",
    WriteRefused "write-refused" "a conditional write was refused because its condition did not hold",
    LongValue "long-value" "a cache node sent a value of 1,000 bytes or more",
    NumbersCollide "numbers-collide" "two requested keys have numbers that differ, but not in their lowest 16 bits",
    ReplyHeld "reply-held" "a cache node held back the replies to commands that it had carried out",
    CommandSplit "command-split" "a command reached a cache node in parts, as when a window is full",
    DeleteDuringRead "delete-during-read" "a gateway's delete of a key was acknowledged while its read of that key was in flight",
    DeleteAfterFailedWrite "delete-after-failed-write" "a gateway's delete of a key was acknowledged within a second of a failed write of it",
    GetHit "get-hit" "a read of one key returned a value written for it",
    MgetHit "mget-hit" "a multi-get returned a value written for its key",
    ReplySplit "reply-split" "a reply of a cache node arrived in parts",
    LostUnderWay "lost-under-way" "a connection to a cache node was lost with two or more replies outstanding",
    MultiSetOffered "multi-set-offered" "a gateway's client declared multi-sets",
    MultiDeleteOffered "multi-delete-offered" "a gateway's client declared multi-deletes",
    GetAndTouchOffered "get-and-touch-offered" "a gateway's client declared get-and-touch",
    CountersOffered "counters-offered" "a gateway's client declared counters",
    NegativeEntriesOffered "negative-entries-offered" "a gateway's client declared negative entries",
    ExpiryOffered "expiry-offered" "a gateway's client declared lives of single keys",
    BatchWritten "batch-written" "a multi-set of two or more keys wrote one of them",
    BatchDeleted "batch-deleted" "a multi-delete of two or more keys deleted one of them",
    BatchFailedInPart "batch-failed-in-part" "some parts of a batch failed and others did not",
    Touched "touched" "a get-and-touch returned a value",
    CounterRead "counter-read" "a counter was increased and returned its number",
    KnownAbsentHit "known-absent-hit" "a key was known to be absent",
    LifeShortened "life-shortened" "the life of a key was shortened",
    InvalidationsOffered "invalidations-offered" "a gateway's client declared invalidations",
    ChangesNamed "changes-named" "a client was asked which keys have changed, and named some",
    ChangesMissed "changes-missed" "a client answered, and not for the first time, that any key may have changed",
    DishonestDevices "dishonest-devices" "a share of the phones and cameras was dishonest",
    ForeignEventAsked "foreign-event-asked" "a dishonest phone asked for the video of an event of a camera that its user has never had to do with",
    OldEventAsked "old-event-asked" "a dishonest phone asked for the video of an event that was in its list earlier",
    ForgedLink "forged-link" "a dishonest phone asked for a thumbnail with a link that no gateway had signed like this",
    ExpiredLink "expired-link" "a dishonest phone asked for a thumbnail with a link that had expired",
    ForeignUpload "foreign-upload" "a dishonest camera uploaded an event as another camera's",
    AskedUnauthenticated "asked-unauthenticated" "a dishonest phone asked for something without having authenticated",
}
