// Files in an object store: put, fetched, listed and deleted. Arrow's S3 lies in a library of its own, which is opened
// when the first store is.
#include <arrow/buffer.h>
#include <arrow/config.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/filesystem/s3fs.h>
#include <arrow/io/file.h>
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "guard.h"

namespace {

using namespace sr::columnar;

constexpr int64_t kPiece = 1 << 23;

/// A store that is away for a moment is asked again; one that is gone is said soon.
class FewTries final : public arrow::fs::S3RetryStrategy {
public:
  bool ShouldRetry(const AWSErrorDetail &error, int64_t attempts) override {
    return error.should_retry && attempts < 4;
  }
  int64_t CalculateDelayBeforeNextRetry(const AWSErrorDetail &, int64_t attempts) override {
    return int64_t{100} << std::min<int64_t>(attempts, 5);
  }
};

/// The library with S3, which stands beside Arrow's own.
std::string s3_library;

/// Opens it.
void load_s3() {
  static std::once_flag once;
  static arrow::Status loaded;
  std::call_once(once, [] {
    Dl_info where{};
    if (dladdr(reinterpret_cast<const void *>(&arrow::GetBuildInfo), &where) == 0 || where.dli_fname == nullptr) {
      loaded = arrow::Status::IOError("nobody knows where Arrow's library is");
      return;
    }
    const std::filesystem::path arrow_library(where.dli_fname);
    const std::string name = arrow_library.filename().string();
    s3_library = arrow_library.parent_path() / ("libarrow_s3" + name.substr(name.find(".so")));
    loaded = arrow::fs::LoadFileSystemFactories(s3_library.c_str());
  });
  check(loaded);
}

/// A member function of that library, which nothing here is linked with: `this` is its first argument.
template <class F> F *s3_function(const char *symbol) {
  void *library = dlopen(s3_library.c_str(), RTLD_NOW | RTLD_NOLOAD);
  void *found = library == nullptr ? nullptr : dlsym(library, symbol);
  if (library != nullptr)
    dlclose(library);
  if (found == nullptr)
    throw std::runtime_error("Arrow's library for S3 has no " + std::string(symbol));
  return reinterpret_cast<F *>(found);
}

char *copy_of(const std::string &text) {
  char *copy = static_cast<char *>(std::malloc(text.size() + 1));
  if (copy == nullptr)
    throw std::bad_alloc();
  std::copy(text.c_str(), text.c_str() + text.size() + 1, copy);
  return copy;
}

/// AWS's event loops have threads that outlive its own end, and write to a logger that is gone by then. So nothing of
/// it is ended: the process is, once all that it wrote has left it, before what Arrow has registered to run then. Hence
/// after S3 began.
struct EndAtOnce {
  ~EndAtOnce() {
    static std::once_flag once;
    std::call_once(once, [] {
      on_exit(
          [](int status, void *) {
            std::fflush(nullptr);
            _exit(status);
          },
          nullptr);
    });
  }
};

} // namespace

struct SRObjectStore {
  Counted counted;
  std::shared_ptr<arrow::fs::FileSystem> files;
  std::string prefix;
  bool has_folders;

  explicit SRObjectStore(const std::string &uri) : has_folders(uri.rfind("s3://", 0) != 0) {
    arrow::fs::FileSystemFactoryOptions options;
    if (!has_folders) {
      load_s3();
      options.emplace_back("retry_strategy", std::shared_ptr<arrow::fs::S3RetryStrategy>(std::make_shared<FewTries>()));
    }
    const auto end = has_folders ? nullptr : std::make_unique<EndAtOnce>();
    files = check(arrow::fs::FileSystemFromUriAndOptions(uri, options, &prefix));
    while (!prefix.empty() && prefix.back() == '/')
      prefix.pop_back();
    if (uri.find("allow_bucket_creation=true") != std::string::npos)
      check(files->CreateDir(prefix, /*recursive=*/true));
  }

  std::string place(const char *name) const { return *name == 0 ? prefix : prefix + "/" + name; }

  void put(const char *path, const char *name, SRObjectProgress progress, void *context) const {
    auto source = check(arrow::io::ReadableFile::Open(path));
    // An object is there when all of it is; of a folder's file that is seen to here.
    const std::string final_place = place(name), first_place = has_folders ? final_place + ".partial" : final_place;
    if (has_folders)
      check(files->CreateDir(final_place.substr(0, final_place.rfind('/')), /*recursive=*/true));
    auto target = check(files->OpenOutputStream(first_place));
    for (;;) {
      const auto piece = check(source->Read(kPiece));
      if (piece->size() == 0)
        break;
      if (progress != nullptr && progress(context, piece->size()) != 0) {
        (void)target->Abort();
        throw InvalidArgument("given up");
      }
      check(target->Write(piece));
    }
    check(target->Close());
    if (has_folders)
      check(files->Move(first_place, final_place));
  }

  void get(const char *name, const char *path, int64_t from) const {
    auto source = check(files->OpenInputFile(place(name)));
    const int64_t size = check(source->GetSize());
    if (from < 0 || from > size)
      throw InvalidArgument("byte " + std::to_string(from) + " of " + std::to_string(size));
    auto target = check(arrow::io::FileOutputStream::Open(path, /*append=*/from > 0));
    while (from < size) {
      const auto piece = check(source->ReadAt(from, kPiece));
      if (piece->size() == 0)
        throw std::runtime_error("it ends after " + std::to_string(from) + " of " + std::to_string(size) + " bytes");
      check(target->Write(piece));
      from += piece->size();
    }
    check(target->Close());
  }

  bool has(const char *name) const {
    return check(files->GetFileInfo(place(name))).type() == arrow::fs::FileType::File;
  }

  std::string access() const {
    using arrow::fs::S3FileSystem;
    using arrow::fs::S3Options;
    if (files->type_name() != "s3")
      throw InvalidArgument("it is not in S3");
    const auto *s3 = static_cast<const S3FileSystem *>(files.get());
    using Text = std::string(const S3Options *);
    const S3Options options = s3_function<S3Options(const S3FileSystem *)>("_ZNK5arrow2fs12S3FileSystem7optionsEv")(s3);
    const auto region =
        s3_function<std::string(const S3FileSystem *)>("_ZNK5arrow2fs12S3FileSystem6regionB5cxx11Ev")(s3);
    std::string text;
    for (const std::string &line :
         {options.scheme, options.endpoint_override, region, std::string(options.force_virtual_addressing ? "1" : "0"),
          prefix, s3_function<Text>("_ZNK5arrow2fs9S3Options12GetAccessKeyB5cxx11Ev")(&options),
          s3_function<Text>("_ZNK5arrow2fs9S3Options12GetSecretKeyB5cxx11Ev")(&options),
          s3_function<Text>("_ZNK5arrow2fs9S3Options15GetSessionTokenB5cxx11Ev")(&options)})
      text += line + "\n";
    return text;
  }

  std::string list(const char *folder) const {
    arrow::fs::FileSelector selector;
    selector.base_dir = place(folder);
    selector.allow_not_found = true;
    selector.recursive = true;
    std::string names;
    for (const auto &info : check(files->GetFileInfo(selector)))
      if (info.type() == arrow::fs::FileType::File)
        names += std::to_string(info.size()) + " " + std::to_string(info.mtime().time_since_epoch().count()) + " " +
                 info.path().substr(std::min(prefix.size() + 1, info.path().size())) + "\n";
    return names;
  }
};

namespace sr::columnar {

void add_objects(SRColumnarFunctions &functions) {
  functions.store_open = [](const char *uri, SRObjectStore **out) -> int32_t {
    SR_COLUMNAR_GUARD({ *out = new SRObjectStore(uri); });
  };
  functions.store_free = [](SRObjectStore *store) { delete store; };
  functions.store_put = [](const SRObjectStore *store, const char *path, const char *name, SRObjectProgress progress,
                           void *context) -> int32_t { SR_COLUMNAR_GUARD(store->put(path, name, progress, context)); };
  functions.store_get = [](const SRObjectStore *store, const char *name, const char *path, int64_t from) -> int32_t {
    SR_COLUMNAR_GUARD(store->get(name, path, from));
  };
  functions.store_has = [](const SRObjectStore *store, const char *name, uint8_t *out) -> int32_t {
    SR_COLUMNAR_GUARD(*out = store->has(name));
  };
  functions.store_list = [](const SRObjectStore *store, const char *folder, char **out) -> int32_t {
    SR_COLUMNAR_GUARD(*out = copy_of(store->list(folder)));
  };
  functions.store_access = [](const SRObjectStore *store, char **out) -> int32_t {
    SR_COLUMNAR_GUARD(*out = copy_of(store->access()));
  };
  functions.text_free = [](char *text) { std::free(text); };
  functions.store_delete = [](const SRObjectStore *store, const char *name) -> int32_t {
    SR_COLUMNAR_GUARD(check(store->files->DeleteFile(store->place(name))));
  };
}

} // namespace sr::columnar
