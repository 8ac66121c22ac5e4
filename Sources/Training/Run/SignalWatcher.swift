import Foundation

// A handler may touch nothing but memory that is ready before it is installed.
private nonisolated(unsafe) let received: UnsafeMutablePointer<sig_atomic_t> = {
  let cell = UnsafeMutablePointer<sig_atomic_t>.allocate(capacity: 1)
  cell.initialize(to: 0)
  return cell
}()

/// Notes SIGINT and SIGTERM so that a training loop can end after the step it is in.
///
/// The first signal is only noted; after it the handler is gone, and a second one ends the process at once.
public enum SignalWatcher {
  /// Starts watching. Calling it again forgets a signal noted before.
  public static func install() {
    received.pointee = 0
    // A parent may have started this process with the signals blocked, as threads of a dispatch queue have them.
    var watched = sigset_t()
    sigemptyset(&watched)
    sigaddset(&watched, SIGINT)
    sigaddset(&watched, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &watched, nil)
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in received.pointee = number }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | Int32(SA_RESTART)
      sigaction(number, &action, nil)
    }
  }

  /// The signal that came, if one did. A plain read of memory: cheap enough for every step.
  public static var pending: Int32? {
    let number = received.pointee
    return number == 0 ? nil : number
  }
}
