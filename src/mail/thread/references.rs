//! THREAD=REFERENCES (RFC 5256 section 3), step by step as the RFC numbers them.

use std::collections::HashMap;

use super::forest::{Forest, NONE};
use super::identifiers::identifiers;
use super::{Entry, Keys, Known, Row};

/// Messages and those they refer to.
#[derive(Debug, Default)]
pub(super) struct References {
    nodes: Vec<Node>,
    /// The node of each identifier.
    places: HashMap<u128, u32>,
    forest: Forest,
}

#[derive(Debug)]
struct Node {
    parent: u32,
    /// How many nodes have it as their parent.
    replies: u32,
    /// Nothing for a dummy.
    known: Option<Known>,
}

impl References {
    /// Step 1.
    pub(super) fn add(&mut self, entry: &Entry<'_>, known: Known, keys: &Keys) {
        let own = identifiers(entry.message_id).next().map(|identifier| keys.of(&identifier));
        let node = match own.map(|own| self.place(own)).filter(|place| self.known(*place).is_none()) {
            Some(place) => place,
            None => self.plant(),
        };
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.known = Some(known);
        }
        let mut last = None;
        for identifier in identifiers(entry.references) {
            let place = self.place(keys.of(&identifier));
            if let Some(before) = last
                && self.parent(place) == NONE
            {
                self.link(place, before);
            }
            last = Some(place);
        }
        if last.is_none() {
            last = identifiers(entry.in_reply_to).next().map(|identifier| self.place(keys.of(&identifier)));
        }
        self.cut(node);
        if let Some(last) = last {
            self.link(node, last);
        }
    }

    /// Steps 2 to 6.
    pub(super) fn finish(self) -> Vec<Row> {
        let nodes = self.nodes.into_iter();
        let (parents, known): (Vec<u32>, Vec<Option<Known>>) = nodes.map(|node| (node.parent, node.known)).unzip();
        let mut tree = Tree { replies: vec![Vec::new(); parents.len()], known };
        let mut tops = Vec::new();
        for (node, parent) in (0u32..).zip(parents) {
            match tree.replies.get_mut(parent as usize) {
                Some(replies) => replies.push(node),
                None => tops.push(node),
            }
        }
        let mut tops = tree.pruned(tops);
        tree.sort(&mut tops);
        let mut tops = tree.merged(tops);
        for node in 0..tree.replies.len() {
            let mut replies = tree.replies.get_mut(node).map(std::mem::take).unwrap_or_default();
            tree.sort(&mut replies);
            if let Some(place) = tree.replies.get_mut(node) {
                *place = replies;
            }
        }
        tree.sort(&mut tops);
        tree.rows(tops)
    }

    fn place(&mut self, key: u128) -> u32 {
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        let place = self.plant();
        self.places.insert(key, place);
        place
    }

    fn plant(&mut self) -> u32 {
        let place = u32::try_from(self.nodes.len()).unwrap_or(NONE);
        self.nodes.push(Node { parent: NONE, replies: 0, known: None });
        self.forest.plant();
        place
    }

    /// Makes a node without a parent a reply to another, unless that is among its own replies.
    fn link(&mut self, node: u32, parent: u32) {
        let has_replies = self.nodes.get(node as usize).is_some_and(|node| node.replies > 0);
        if node == parent || (has_replies && self.forest.root(parent) == node) {
            return;
        }
        self.forest.link(node, parent);
        self.set_parent(node, parent);
    }

    fn cut(&mut self, node: u32) {
        if self.parent(node) != NONE {
            self.forest.cut(node);
            self.set_parent(node, NONE);
        }
    }

    fn set_parent(&mut self, node: u32, parent: u32) {
        let before = self.nodes.get_mut(node as usize).map_or(NONE, |node| std::mem::replace(&mut node.parent, parent));
        if let Some(before) = self.nodes.get_mut(before as usize) {
            before.replies = before.replies.saturating_sub(1);
        }
        if let Some(parent) = self.nodes.get_mut(parent as usize) {
            parent.replies = parent.replies.saturating_add(1);
        }
    }

    fn parent(&self, node: u32) -> u32 {
        self.nodes.get(node as usize).map_or(NONE, |node| node.parent)
    }

    fn known(&self, node: u32) -> Option<&Known> {
        self.nodes.get(node as usize)?.known.as_ref()
    }
}

struct Tree {
    known: Vec<Option<Known>>,
    replies: Vec<Vec<u32>>,
}

impl Tree {
    /// Step 3: without the dummies, but for those that hold a thread together.
    fn pruned(&mut self, tops: Vec<u32>) -> Vec<u32> {
        // Every node stands behind the one above it: backwards, replies come first.
        let mut order = tops.clone();
        let mut next = 0;
        while let Some(node) = order.get(next).copied() {
            order.extend_from_slice(self.replies(node));
            next += 1;
        }
        for node in order.into_iter().rev() {
            let mut kept = Vec::new();
            for reply in self.take_replies(node) {
                if self.known(reply).is_some() {
                    kept.push(reply);
                    continue;
                }
                let mut promoted = self.take_replies(reply);
                // The shorter goes to the longer, so that a chain of dummies costs nothing; they are sorted later.
                if promoted.len() > kept.len() {
                    std::mem::swap(&mut promoted, &mut kept);
                }
                kept.append(&mut promoted);
            }
            if let Some(place) = self.replies.get_mut(node as usize) {
                *place = kept;
            }
        }
        let top = |node: u32| match (self.known(node), self.replies(node)) {
            (None, []) => None,
            (None, [only]) => Some(*only),
            _ => Some(node),
        };
        tops.into_iter().filter_map(top).collect()
    }

    /// Step 5: threads of one subject made one.
    fn merged(&mut self, tops: Vec<u32>) -> Vec<u32> {
        let mut table: HashMap<u128, u32> = HashMap::new();
        for top in &tops {
            let Some(subject) = self.subject(*top) else { continue };
            let place = table.entry(subject).or_insert(*top);
            let replaces = match (self.known(*place), self.known(*top)) {
                (Some(_), None) => true,
                (Some(there), Some(this)) => there.is_reply && !this.is_reply,
                (None, _) => false,
            };
            if replaces {
                *place = *top;
            }
        }
        let mut merged = Vec::with_capacity(tops.len());
        // Threads that became part of a new dummy.
        let mut gone = Vec::new();
        for top in tops {
            let subject = self.subject(top);
            let Some((subject, place)) = subject.and_then(|subject| Some((subject, *table.get(&subject)?))) else {
                merged.push(top);
                continue;
            };
            if place == top {
                merged.push(top);
                continue;
            }
            match (self.known(place).copied(), self.known(top).copied()) {
                (None, None) => {
                    let replies = self.take_replies(top);
                    self.add_replies(place, &replies);
                }
                (None, Some(_)) => self.add_replies(place, &[top]),
                (Some(there), Some(this)) if this.is_reply && !there.is_reply => self.add_replies(place, &[top]),
                _ => {
                    let dummy = u32::try_from(self.known.len()).unwrap_or(NONE);
                    self.known.push(None);
                    self.replies.push(vec![place, top]);
                    table.insert(subject, dummy);
                    gone.push(place);
                    merged.push(dummy);
                }
            }
        }
        gone.sort_unstable();
        merged.retain(|node| gone.binary_search(node).is_err());
        merged
    }

    fn sort(&self, siblings: &mut [u32]) {
        siblings.sort_by_cached_key(|node| self.first(*node).map(Known::time));
    }

    fn rows(&self, tops: Vec<u32>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(self.known.len());
        let mut open: Vec<(u32, u32)> = tops.into_iter().rev().map(|top| (top, 0)).collect();
        while let Some((node, depth)) = open.pop() {
            rows.push(Row { number: self.known(node).map(|known| known.number), depth });
            open.extend(self.replies(node).iter().rev().map(|reply| (*reply, depth.saturating_add(1))));
        }
        rows
    }

    /// The message, or a dummy's first reply.
    fn first(&self, node: u32) -> Option<&Known> {
        let of_replies =
            || self.replies(node).iter().filter_map(|reply| self.known(*reply)).min_by_key(|known| known.time());
        self.known(node).or_else(of_replies)
    }

    fn subject(&self, top: u32) -> Option<u128> {
        self.first(top)?.subject
    }

    fn known(&self, node: u32) -> Option<&Known> {
        self.known.get(node as usize)?.as_ref()
    }

    fn replies(&self, node: u32) -> &[u32] {
        self.replies.get(node as usize).map_or(&[], Vec::as_slice)
    }

    fn take_replies(&mut self, node: u32) -> Vec<u32> {
        self.replies.get_mut(node as usize).map(std::mem::take).unwrap_or_default()
    }

    fn add_replies(&mut self, node: u32, more: &[u32]) {
        if let Some(replies) = self.replies.get_mut(node as usize) {
            replies.extend_from_slice(more);
        }
    }
}
