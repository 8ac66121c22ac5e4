#include "column.h"

#include <arrow/array.h>
#include <arrow/type.h>
#include <arrow/util/float16.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "guard.h"

namespace sr::columnar {
namespace {

using arrow::Type;

/// The elements of a column of lists, those of its own rows only; the column itself otherwise.
struct Elements {
  std::shared_ptr<arrow::Array> own; // keeps a slice alive
  const arrow::Array *values;
  bool is_list;
};

/// Where row `row`'s elements begin, counted in the child array.
int64_t list_begin(const arrow::Array &array, int64_t row) {
  switch (array.type_id()) {
  case Type::LIST:
    return static_cast<const arrow::ListArray &>(array).value_offset(row);
  case Type::LARGE_LIST:
    return static_cast<const arrow::LargeListArray &>(array).value_offset(row);
  default:
    return static_cast<const arrow::FixedSizeListArray &>(array).value_offset(row);
  }
}

Elements elements_of(const arrow::Array &array) {
  const arrow::Array *child = nullptr;
  switch (array.type_id()) {
  case Type::LIST:
    child = static_cast<const arrow::ListArray &>(array).values().get();
    break;
  case Type::LARGE_LIST:
    child = static_cast<const arrow::LargeListArray &>(array).values().get();
    break;
  case Type::FIXED_SIZE_LIST:
    child = static_cast<const arrow::FixedSizeListArray &>(array).values().get();
    break;
  default:
    return {nullptr, &array, false};
  }
  const int64_t begin = list_begin(array, 0), end = list_begin(array, array.length());
  auto slice = child->Slice(begin, end - begin);
  const arrow::Array *values = slice.get();
  return {std::move(slice), values, true};
}

template <class A> int64_t text_bytes(const A &text) {
  return text.length() == 0 ? 0 : text.value_offset(text.length()) - text.value_offset(0);
}

int64_t text_bytes_of(const arrow::Array &array) {
  switch (array.type_id()) {
  case Type::STRING:
  case Type::BINARY:
    return text_bytes(static_cast<const arrow::BinaryArray &>(array));
  case Type::LARGE_STRING:
  case Type::LARGE_BINARY:
    return text_bytes(static_cast<const arrow::LargeBinaryArray &>(array));
  case Type::FIXED_SIZE_BINARY:
    return static_cast<const arrow::FixedSizeBinaryArray &>(array).byte_width() * array.length();
  default:
    return 0;
  }
}

template <class A> void copy_text(const A &text, char *bytes, int32_t *offsets) {
  const int64_t size = text_bytes(text);
  if (bytes != nullptr && size > 0)
    std::memcpy(bytes, text.raw_data() + text.value_offset(0), size);
  if (offsets != nullptr && text.length() > 0) {
    const auto *from = text.raw_value_offsets();
    const auto first = from[0];
    for (int64_t i = 0; i < text.length(); ++i)
      offsets[i + 1] = static_cast<int32_t>(from[i + 1] - first);
  }
}

void copy_text(const arrow::Array &array, char *bytes, int32_t *offsets) {
  if (text_bytes_of(array) > std::numeric_limits<int32_t>::max())
    throw InvalidArgument("a block of more than 2 GB of text; read fewer rows a block");
  if (offsets != nullptr)
    offsets[0] = 0;
  switch (array.type_id()) {
  case Type::STRING:
  case Type::BINARY:
    return copy_text(static_cast<const arrow::BinaryArray &>(array), bytes, offsets);
  case Type::LARGE_STRING:
  case Type::LARGE_BINARY:
    return copy_text(static_cast<const arrow::LargeBinaryArray &>(array), bytes, offsets);
  default: {
    const auto &fixed = static_cast<const arrow::FixedSizeBinaryArray &>(array);
    const int32_t width = fixed.byte_width();
    if (bytes != nullptr && array.length() > 0)
      std::memcpy(bytes, fixed.raw_values(), static_cast<size_t>(width) * array.length());
    for (int64_t i = 0; offsets != nullptr && i < array.length(); ++i)
      offsets[i + 1] = static_cast<int32_t>((i + 1) * width);
  }
  }
}

template <class From, class To> void widen(const arrow::Array &array, void *into) {
  const From *from = array.data()->GetValues<From>(1);
  To *to = static_cast<To *>(into);
  if (std::is_same_v<From, To> && array.length() > 0)
    std::memcpy(to, from, sizeof(To) * array.length());
  else
    std::copy(from, from + array.length(), to);
}

void copy_unsigned(const arrow::Array &array, int64_t *to) {
  const auto &from = static_cast<const arrow::UInt64Array &>(array);
  for (int64_t i = 0; i < from.length(); ++i) {
    if (from.Value(i) > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) && from.IsValid(i))
      throw InvalidArgument("the unsigned number " + std::to_string(from.Value(i)) +
                            " is above 9223372036854775807; store such ids as int64 or as text");
    to[i] = static_cast<int64_t>(from.Value(i));
  }
}

/// Copies plain values: no list, no text, no dictionary.
void copy_numbers(const arrow::Array &array, void *into) {
  switch (array.type_id()) {
  case Type::BOOL: {
    const auto &bits = static_cast<const arrow::BooleanArray &>(array);
    for (int64_t i = 0; i < bits.length(); ++i)
      static_cast<uint8_t *>(into)[i] = bits.Value(i) ? 1 : 0;
    return;
  }
  case Type::INT8:
    return widen<int8_t, int64_t>(array, into);
  case Type::UINT8:
    return widen<uint8_t, int64_t>(array, into);
  case Type::INT16:
    return widen<int16_t, int64_t>(array, into);
  case Type::UINT16:
    return widen<uint16_t, int64_t>(array, into);
  case Type::INT32:
  case Type::DATE32:
  case Type::TIME32:
    return widen<int32_t, int64_t>(array, into);
  case Type::UINT32:
    return widen<uint32_t, int64_t>(array, into);
  case Type::INT64:
  case Type::DATE64:
  case Type::TIME64:
  case Type::TIMESTAMP:
  case Type::DURATION:
    return widen<int64_t, int64_t>(array, into);
  case Type::UINT64:
    return copy_unsigned(array, static_cast<int64_t *>(into));
  case Type::HALF_FLOAT: {
    const uint16_t *from = array.data()->GetValues<uint16_t>(1);
    for (int64_t i = 0; i < array.length(); ++i)
      static_cast<float *>(into)[i] = arrow::util::Float16::FromBits(from[i]).ToFloat();
    return;
  }
  case Type::FLOAT:
    return widen<float, float>(array, into);
  case Type::DOUBLE:
    return widen<double, double>(array, into);
  default:
    throw InvalidArgument("the type " + array.type()->ToString() + " is not supported");
  }
}

/// The place of value `i` in the dictionary, 0 for a missing one.
int64_t code_at(const arrow::DictionaryArray &array, int64_t i) {
  if (array.IsNull(i))
    return 0;
  const int64_t code = array.GetValueIndex(i), entries = array.dictionary()->length();
  if (code < 0 || code >= entries)
    throw InvalidArgument("code " + std::to_string(code) + " of a dictionary of " + std::to_string(entries) +
                          " entries");
  return code;
}

void copy_codes(const arrow::DictionaryArray &array, int32_t *into) {
  if (array.indices()->type_id() == Type::INT32) {
    const auto entries = static_cast<uint64_t>(array.dictionary()->length());
    const int32_t *codes = static_cast<const arrow::Int32Array &>(*array.indices()).raw_values();
    // Where a value is missing, its code may be anything.
    for (int64_t i = 0; i < array.length(); ++i)
      into[i] = static_cast<uint32_t>(codes[i]) < entries ? codes[i] : static_cast<int32_t>(code_at(array, i));
    return;
  }
  for (int64_t i = 0; i < array.length(); ++i)
    into[i] = static_cast<int32_t>(code_at(array, i));
}

/// Writes out each value's text, as far as memory is given.
///
/// - Returns: how many bytes it takes.
int64_t unfold(const arrow::DictionaryArray &array, char *bytes, int32_t *offsets) {
  const arrow::Array &entries = *array.dictionary();
  std::vector<int32_t> own_begins;
  std::vector<char> own_text;
  const int32_t *begins = nullptr;
  const char *from = nullptr;
  if (entries.type_id() == Type::STRING && entries.length() > 0) {
    const auto &text = static_cast<const arrow::StringArray &>(entries);
    begins = text.raw_value_offsets();
    from = reinterpret_cast<const char *>(text.raw_data());
  } else {
    own_begins.resize(entries.length() + 1);
    own_text.resize(text_bytes_of(entries));
    copy_text(entries, own_text.data(), own_begins.data());
    begins = own_begins.data();
    from = own_text.data();
  }
  std::vector<int32_t> codes(array.length());
  copy_codes(array, codes.data());
  const uint8_t *bits = array.null_bitmap_data();
  int64_t size = 0;
  if (offsets != nullptr)
    offsets[0] = 0;
  for (int64_t i = 0; i < array.length(); ++i) {
    const int64_t place = array.offset() + i;
    if (bits == nullptr || (bits[place / 8] >> (place % 8) & 1)) {
      const int32_t begin = begins[codes[i]], length = begins[codes[i] + 1] - begin;
      if (bytes != nullptr)
        std::memcpy(bytes + size, from + begin, length);
      size += length;
    }
    if (offsets != nullptr)
      offsets[i + 1] = static_cast<int32_t>(size);
  }
  if (size > std::numeric_limits<int32_t>::max())
    throw InvalidArgument("a block of more than 2 GB of text; read fewer rows a block");
  return size;
}

template <class Width> void gather(const arrow::DictionaryArray &from, void *into) {
  // One entry at least, for missing values.
  std::vector<Width> entries(std::max<int64_t>(1, from.dictionary()->length()));
  copy_numbers(*from.dictionary(), entries.data());
  for (int64_t i = 0; i < from.length(); ++i)
    static_cast<Width *>(into)[i] = entries[code_at(from, i)];
}

/// A dictionary of numbers is unfolded.
void copy_number_dictionary(const arrow::DictionaryArray &array, int32_t kind, void *into) {
  switch (kind) {
  case SR_COLUMN_BOOLEANS:
    return gather<uint8_t>(array, into);
  case SR_COLUMN_FLOATS:
    return gather<float>(array, into);
  case SR_COLUMN_DOUBLES:
    return gather<double>(array, into);
  default:
    return gather<int64_t>(array, into);
  }
}

/// One byte a bit, eight at a time.
void copy_validity(const arrow::Array &array, uint8_t *into) {
  const uint8_t *bits = array.null_bitmap_data();
  if (bits == nullptr) {
    std::fill_n(into, array.length(), array.null_count() == 0 ? 1 : 0);
    return;
  }
  const int64_t count = array.length();
  int64_t from = array.offset(), i = 0;
  for (; i < count && from % 8 != 0; ++i, ++from)
    into[i] = bits[from / 8] >> (from % 8) & 1;
  for (; i + 8 <= count; i += 8, from += 8) {
    // Bit k of the byte goes to byte k of the word.
    const uint64_t spread = (bits[from / 8] * 0x8040201008040201ull >> 7) & 0x0101010101010101ull;
    const uint64_t ordered = __builtin_bswap64(spread);
    std::memcpy(into + i, &ordered, 8);
  }
  for (; i < count; ++i, ++from)
    into[i] = bits[from / 8] >> (from % 8) & 1;
}

} // namespace

Kind kind_of(const arrow::DataType &type) {
  switch (type.id()) {
  case Type::BOOL:
    return {SR_COLUMN_BOOLEANS, false};
  case Type::INT8:
  case Type::UINT8:
  case Type::INT16:
  case Type::UINT16:
  case Type::INT32:
  case Type::UINT32:
  case Type::INT64:
  case Type::UINT64:
  case Type::DATE32:
  case Type::DATE64:
  case Type::TIME32:
  case Type::TIME64:
  case Type::TIMESTAMP:
  case Type::DURATION:
    return {SR_COLUMN_INTEGERS, false};
  case Type::HALF_FLOAT:
  case Type::FLOAT:
    return {SR_COLUMN_FLOATS, false};
  case Type::DOUBLE:
    return {SR_COLUMN_DOUBLES, false};
  case Type::STRING:
  case Type::BINARY:
  case Type::LARGE_STRING:
  case Type::LARGE_BINARY:
  case Type::FIXED_SIZE_BINARY:
    return {SR_COLUMN_TEXT, false};
  case Type::DICTIONARY: {
    const Kind entries = kind_of(*static_cast<const arrow::DictionaryType &>(type).value_type());
    if (entries.is_list || entries.kind == SR_COLUMN_DICTIONARY)
      return {SR_COLUMN_UNSUPPORTED, false};
    return {entries.kind == SR_COLUMN_TEXT ? SR_COLUMN_DICTIONARY : entries.kind, false};
  }
  case Type::LIST:
  case Type::LARGE_LIST:
  case Type::FIXED_SIZE_LIST: {
    const Kind elements = kind_of(*static_cast<const arrow::BaseListType &>(type).value_type());
    return {elements.is_list ? static_cast<int32_t>(SR_COLUMN_UNSUPPORTED) : elements.kind, true};
  }
  default:
    return {SR_COLUMN_UNSUPPORTED, false};
  }
}

SRColumnShape shape_of(const arrow::Array &array, bool keeps_codes) {
  const Elements elements = elements_of(array);
  const arrow::Array &values = *elements.values;
  SRColumnShape shape{};
  shape.kind = kind_of(*values.type()).kind;
  shape.is_list = elements.is_list;
  shape.rows = array.length();
  shape.values = values.length();
  shape.has_nulls = array.null_count() > 0;
  shape.has_element_nulls = elements.is_list && values.null_count() > 0;
  if (shape.kind == SR_COLUMN_DICTIONARY) {
    const auto &dictionary = static_cast<const arrow::DictionaryArray &>(values);
    if (keeps_codes) {
      shape.entries = dictionary.dictionary()->length();
      shape.text_bytes = text_bytes_of(*dictionary.dictionary());
    } else {
      shape.kind = SR_COLUMN_TEXT;
      shape.text_bytes = unfold(dictionary, nullptr, nullptr);
    }
  } else {
    shape.text_bytes = text_bytes_of(values);
  }
  return shape;
}

void copy(const arrow::Array &array, bool keeps_codes, const SRColumnParts &into) {
  const Elements elements = elements_of(array);
  const arrow::Array &values = *elements.values;
  if (elements.is_list && into.list_offsets != nullptr) {
    if (values.length() > std::numeric_limits<int32_t>::max())
      throw InvalidArgument("a block of more than 2^31 list elements; read fewer rows a block");
    const int64_t begin = list_begin(array, 0);
    for (int64_t row = 0; row <= array.length(); ++row)
      into.list_offsets[row] = static_cast<int32_t>(list_begin(array, row) - begin);
  }
  if (into.validity != nullptr)
    copy_validity(array, into.validity);
  if (elements.is_list && into.element_validity != nullptr)
    copy_validity(values, into.element_validity);

  const int32_t kind = kind_of(*values.type()).kind;
  if (values.type_id() == Type::DICTIONARY) {
    const auto &dictionary = static_cast<const arrow::DictionaryArray &>(values);
    if (kind == SR_COLUMN_DICTIONARY && !keeps_codes) {
      unfold(dictionary, static_cast<char *>(into.values), into.text_offsets);
    } else if (kind == SR_COLUMN_DICTIONARY) {
      if (into.codes != nullptr)
        copy_codes(dictionary, into.codes);
      copy_text(*dictionary.dictionary(), static_cast<char *>(into.values), into.text_offsets);
    } else if (into.values != nullptr) {
      copy_number_dictionary(dictionary, kind, into.values);
    }
  } else if (kind == SR_COLUMN_TEXT) {
    copy_text(values, static_cast<char *>(into.values), into.text_offsets);
  } else if (into.values != nullptr) {
    copy_numbers(values, into.values);
  }
}

} // namespace sr::columnar
