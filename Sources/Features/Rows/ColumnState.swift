/// What was learnt of a column from training rows.
enum ColumnState: Sendable, Equatable {
  case nothing
  case standard(mean: Double, deviation: Double)
  case edges([Float])
  case vocabulary(TokenVocabulary)
  case vectors(VectorTable)
}
