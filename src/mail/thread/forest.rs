//! Which node is above which: trees that are linked and cut, each question in logarithmic time however deep they are.
//!
//! Link-cut trees of Sleator and Tarjan, without the reversal of paths.

/// No node.
pub(super) const NONE: u32 = u32::MAX;

/// A forest of nodes numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Forest {
    nodes: Vec<Links>,
}

/// A node in the splay tree of its path; nodes higher up are to the left.
#[derive(Clone, Copy, Debug)]
struct Links {
    /// Its parent there, or for the root of a splay tree the node that the path hangs below.
    up: u32,
    left: u32,
    right: u32,
}

const ALONE: Links = Links { up: NONE, left: NONE, right: NONE };

impl Forest {
    /// Adds a tree of one node.
    pub(super) fn plant(&mut self) {
        self.nodes.push(ALONE);
    }

    /// The topmost node above this one, or itself.
    pub(super) fn root(&mut self, node: u32) -> u32 {
        self.expose(node);
        let mut top = node;
        while self.at(top).left != NONE {
            top = self.at(top).left;
        }
        self.splay(top);
        top
    }

    /// Hangs a root below a node of another tree.
    pub(super) fn link(&mut self, root: u32, parent: u32) {
        self.expose(parent);
        self.expose(root);
        self.change(root, |links| links.up = parent);
    }

    /// Makes a node a root.
    pub(super) fn cut(&mut self, node: u32) {
        self.expose(node);
        let above = self.at(node).left;
        self.change(above, |links| links.up = NONE);
        self.change(node, |links| links.left = NONE);
    }

    /// Makes the path from the root to this node a splay tree of its own, with this node on top.
    fn expose(&mut self, node: u32) {
        let (mut below, mut current) = (NONE, node);
        while current != NONE {
            self.splay(current);
            self.change(current, |links| links.right = below);
            (below, current) = (current, self.at(current).up);
        }
        self.splay(node);
    }

    fn splay(&mut self, node: u32) {
        while !self.is_top(node) {
            let parent = self.at(node).up;
            if !self.is_top(parent) {
                let is_straight = self.is_left(node) == self.is_left(parent);
                self.rotate(if is_straight { parent } else { node });
            }
            self.rotate(node);
        }
    }

    fn rotate(&mut self, node: u32) {
        let parent = self.at(node).up;
        let above = self.at(parent).up;
        let was_top = self.is_top(parent);
        let parent_was_left = self.is_left(parent);
        let inner = if self.is_left(node) {
            let inner = self.at(node).right;
            self.change(parent, |links| links.left = inner);
            self.change(node, |links| links.right = parent);
            inner
        } else {
            let inner = self.at(node).left;
            self.change(parent, |links| links.right = inner);
            self.change(node, |links| links.left = parent);
            inner
        };
        self.change(inner, |links| links.up = parent);
        self.change(parent, |links| links.up = node);
        self.change(node, |links| links.up = above);
        if !was_top {
            self.change(above, |links| *(if parent_was_left { &mut links.left } else { &mut links.right }) = node);
        }
    }

    /// Whether it is the root of its splay tree.
    fn is_top(&self, node: u32) -> bool {
        let up = self.at(self.at(node).up);
        up.left != node && up.right != node
    }

    fn is_left(&self, node: u32) -> bool {
        self.at(self.at(node).up).left == node
    }

    fn at(&self, node: u32) -> Links {
        self.nodes.get(node as usize).copied().unwrap_or(ALONE)
    }

    fn change(&mut self, node: u32, change: impl FnOnce(&mut Links)) {
        if let Some(links) = self.nodes.get_mut(node as usize) {
            change(links);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_same_as_walking_up(steps in prop::collection::vec((0u32..12, 0u32..12, any::<bool>()), 0..200)) {
            let mut forest = Forest::default();
            let mut parents = vec![NONE; 12];
            parents.iter().for_each(|_| forest.plant());
            for (node, other, cuts) in steps {
                let root = |parents: &[u32], mut node: u32| {
                    while parents[node as usize] != NONE {
                        node = parents[node as usize];
                    }
                    node
                };
                prop_assert_eq!(forest.root(node), root(&parents, node));
                if cuts {
                    forest.cut(node);
                    parents[node as usize] = NONE;
                } else if parents[node as usize] == NONE && root(&parents, other) != node {
                    forest.link(node, other);
                    parents[node as usize] = other;
                }
                prop_assert_eq!(forest.root(other), root(&parents, other));
            }
        }
    }
}
