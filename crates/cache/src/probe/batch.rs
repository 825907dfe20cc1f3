//! Batches of writes and deletes. Each part is recorded as a call that begins and ends with the
//! batch and has the outcome of the part, so that it is judged like a `set` or a `del`.

use super::{Open, Probe};
use crate::client::CacheError;
use crate::offers::{Batch, Write};
use crosswire_history::{CacheOp, CallId, CallOutcome, ConnId, Fact, KeyId};

/// The parts of a batch that has not ended. If dropped before its end, it was cancelled.
struct Parts<'p> {
    probe: &'p Probe,
    calls: Vec<CallId>,
}

impl Parts<'_> {
    /// Ends each part with its own result. A part without a result failed.
    fn end(mut self, result: &Result<Batch, CacheError>) {
        let results = result.as_deref().unwrap_or_default();
        for (at, call) in std::mem::take(&mut self.calls).into_iter().enumerate() {
            let outcome = match results.get(at) {
                Some(Ok(())) => CallOutcome::Hit,
                _ => CallOutcome::Error,
            };
            self.probe.record(Fact::CallEnded { call, outcome });
        }
    }
}

impl Drop for Parts<'_> {
    fn drop(&mut self) {
        for &call in &self.calls {
            // The batch has what is unread.
            let outcome = CallOutcome::Cancelled { unread: 0, conn: ConnId(0) };
            self.probe.record(Fact::CallEnded { call, outcome });
        }
    }
}

impl Probe {
    /// Writes a batch: see [`mset`](crate::CacheClient::mset).
    pub(super) async fn write_all(&self, writes: &[Write<'_>]) -> Result<Batch, CacheError> {
        let names: Vec<_> = writes.iter().map(|write| write.key).collect();
        let Some(open) = self.begin_batch(CacheOp::Mset, &names) else { return Ok(Vec::new()) };
        let parts = self.begin_parts(&open, CacheOp::Set, &names);
        let ids = open.keys.iter().copied().zip(parts.calls.iter().copied());
        let sealed = ids
            .zip(writes)
            .map(|(id, write)| self.given_to(id, open.deadline_ms, write.value, write.ttl));
        let sealed: Vec<_> = sealed.collect();
        let writes = writes.iter().zip(&sealed);
        let writes = writes.map(|(write, value)| Write { key: write.key, value, ttl: write.ttl });
        let writes: Vec<_> = writes.collect();
        let result = open.run(self.client.mset(&writes)).await;
        self.end_batch(open, parts, result)
    }

    /// Deletes a batch: see [`mdel`](crate::CacheClient::mdel).
    pub(super) async fn delete_all(&self, keys: &[String]) -> Result<Batch, CacheError> {
        let names: Vec<_> = keys.iter().map(String::as_str).collect();
        let Some(open) = self.begin_batch(CacheOp::Mdel, &names) else { return Ok(Vec::new()) };
        let parts = self.begin_parts(&open, CacheOp::Del, &names);
        for (&key, &part) in open.keys.iter().zip(&parts.calls) {
            self.invalidated(key, part);
        }
        let result = open.run(self.client.mdel(keys)).await;
        self.end_batch(open, parts, result)
    }

    /// Begins a batch, unless it has no parts.
    fn begin_batch(&self, op: CacheOp, names: &[&str]) -> Option<Open<'_>> {
        let keys: Vec<_> = names.iter().map(|name| self.key(name)).collect();
        Some(self.begin(op, names.first()?, keys))
    }

    /// Begins the parts of a batch.
    fn begin_parts(&self, open: &Open<'_>, op: CacheOp, names: &[&str]) -> Parts<'_> {
        let deadline_ms = open.deadline_ms;
        let begin = |(key, name): (&KeyId, &&str)| {
            let call = self.journal.next_call();
            let (key, about) = (*key, (self.person_of)(name));
            self.record(Fact::CallBegan { call, op, key, keys: 1, deadline_ms, about });
            self.tap.note_part(open.call, key, call);
            call
        };
        Parts { probe: self, calls: open.keys.iter().zip(names).map(begin).collect() }
    }

    fn end_batch(
        &self,
        open: Open<'_>,
        parts: Parts<'_>,
        result: Result<Batch, CacheError>,
    ) -> Result<Batch, CacheError> {
        parts.end(&result);
        if let Ok(results) = &result {
            open.check_shape(results.len());
            let failed = results.iter().filter(|part| part.is_err()).count() as u16;
            let parts = results.len() as u16;
            self.record(Fact::BatchEnded { call: open.call, parts, failed });
        }
        open.end_with(&result);
        result
    }
}
