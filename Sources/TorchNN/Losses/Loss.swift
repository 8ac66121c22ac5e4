/// The loss functions, each in a file of its own; `Loss.bpr(positive: p, negative: n)`.
///
/// Every loss takes logits or scores, never probabilities, and returns a scalar for `.mean` and `.sum` or one
/// value an element for `.none`.
public enum Loss {}
