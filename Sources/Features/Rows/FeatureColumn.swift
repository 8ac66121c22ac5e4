/// What one column of a file means to a model.
///
/// A blank field is a missing value, and has a meaning for every kind: see ``Kind``.
public struct FeatureColumn: Sendable, Equatable, Codable {
  /// The feature's name.
  public var name: String
  /// The file's column, where it has another name; several features may read one.
  public var source: String?
  public var kind: Kind

  public init(_ name: String, _ kind: Kind, source: String? = nil) {
    self.name = name
    self.kind = kind
    self.source = source
  }

  /// The name of the column in the file.
  public var fileColumn: String { source ?? name }

  /// What the column is for.
  public enum Kind: Sendable, Equatable, Codable {
    /// A goal, within its range. A blank one is a fault, or NaN where it is optional.
    case label(minimum: Float = 0, maximum: Float = 1, isOptional: Bool = false)
    /// How much the row counts, not negative. A blank counts 1.
    case weight
    /// Whose row it is, for metrics per user. Blanks are one group.
    case group
    /// A number.
    case dense(Transform = .none)
    /// Exactly one id. A blank is id 0.
    case categorical(Ids)
    /// Any number of ids in no order, `id:weight` where they are weighted. A blank is an empty bag.
    case bag(Ids, separator: String = " ", isWeighted: Bool = false)
    /// Ids, oldest first; the last `maximumLength` are kept. A blank is an empty sequence.
    case sequence(Ids, separator: String = " ", maximumLength: Int = 50)
    /// A frozen vector. A blank and an unknown id are zeros.
    case vector(width: Int, VectorSource)
    /// Read over.
    case ignored
  }

  /// What is made of a number.
  public enum Transform: Sendable, Equatable, Codable {
    /// The number; 0 for a blank.
    case none
    /// `log(1 + x)`, 0 for a negative number and for a blank.
    case log1p
    /// `(x - mean) / deviation` of the training rows, 0 for a blank and for a column that does not vary.
    case standardise
    /// A category: 0 for a blank, else 1 + how many edges are at or below the number.
    case buckets(edges: [Float])
    /// Buckets of about equal share, their edges taken from the training rows.
    case quantiles(count: Int)
  }

  /// How a token becomes an id. Id 0 is the missing one.
  public enum Ids: Sendable, Equatable, Codable {
    /// Ids by falling count: 1 for every token that is rarer than `minimumCount`, unknown or beyond `limit` tokens.
    case vocabulary(minimumCount: Int = 1, limit: Int? = nil)
    /// `1 + hash` into `size` buckets, see ``TokenHash``; another seed, other neighbours in a bucket.
    case hash(size: Int, seed: UInt64 = 0)
    /// `1 + value % size` of a whole number in base 10 or 16, as DLRM takes Criteo's.
    case modulo(size: Int, radix: Int = 10)
    /// The number itself, from 0 to `rows - 1`: rows whose ids were made before, see ``RowPreparation``.
    case given(rows: Int)
  }

  /// Where vectors come from.
  public enum VectorSource: Sendable, Equatable, Codable {
    /// The field lists the numbers.
    case list(separator: String = " ")
    /// The field names a row of a file of `[N, width]` vectors, `.npy` or `.safetensors`.
    ///
    /// `ids` is a text file with a token a line, row by row; without it the field is the row's number. `tensor` names the
    /// tensor where a safetensors file has several.
    case table(path: String, ids: String? = nil, tensor: String? = nil)
  }
}

extension FeatureColumn.Transform {
  /// Whether the number becomes a category.
  var isCategorical: Bool {
    switch self {
    case .buckets, .quantiles: true
    case .none, .log1p, .standardise: false
    }
  }
}
