import Foundation
import Synchronization

/// The field `Date`, made once a second.
///
/// Source: RFC 9110, sections 5.6.7 and 6.6.1.
enum DateField {
  private static let kept = Mutex<(second: Int, text: String)>((0, ""))

  static var now: String {
    var second = time(nil)
    return kept.withLock { kept in
      guard kept.second != second else { return kept.text }
      var parts = tm()
      gmtime_r(&second, &parts)
      let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
      let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
      func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
      let text =
        "\(days[Int(parts.tm_wday) % 7]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon) % 12]) \(Int(parts.tm_year) + 1900) "
        + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
      kept = (second, text)
      return text
    }
  }
}
