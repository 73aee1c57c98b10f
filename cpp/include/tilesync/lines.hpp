// From an address in the program to a line of source, and to the function that it is in: reads the line tables (DWARF 2 to 5) and the symbols of
// the modules that are loaded, no more than that.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace tilesync {

struct SourceLine {
    const char* file = nullptr; // Null: not known.
    uint32_t line = 0;
};

// A view of bytes that reads zeros past its end.
class Cursor {
public:
    Cursor(const uint8_t* at, const uint8_t* end) : at_(at), end_(end) {}
    bool done() const { return at_ >= end_; }
    const uint8_t* at() const { return at_; }
    void skip(uint64_t n) { at_ = n > left() ? end_ : at_ + n; }
    uint64_t left() const { return end_ - at_; }
    uint64_t fixed(unsigned n)
    {
        uint64_t v = 0;
        for (unsigned i = 0; i < n && at_ < end_; ++i) v |= uint64_t(*at_++) << (8 * i);
        return v;
    }
    uint64_t unsigned_number()
    {
        uint64_t v = 0;
        for (unsigned shift = 0; at_ < end_; shift += 7) {
            uint8_t b = *at_++;
            if (shift < 64) v |= uint64_t(b & 0x7f) << shift;
            if (!(b & 0x80)) break;
        }
        return v;
    }
    int64_t signed_number()
    {
        uint64_t v = 0;
        unsigned shift = 0;
        while (at_ < end_) {
            uint8_t b = *at_++;
            if (shift < 64) v |= uint64_t(b & 0x7f) << shift;
            shift += 7;
            if (!(b & 0x80)) {
                if (shift < 64 && (b & 0x40)) v |= ~uint64_t(0) << shift;
                break;
            }
        }
        return static_cast<int64_t>(v);
    }
    std::string_view text()
    {
        auto* nul = static_cast<const uint8_t*>(std::memchr(at_, 0, left()));
        std::string_view t(reinterpret_cast<const char*>(at_), nul ? nul - at_ : left());
        skip(t.size() + 1);
        return t;
    }

private:
    const uint8_t *at_, *end_;
};

// The line table of one module.
class Module {
public:
    Module(std::string path, uint64_t base, uint64_t from, uint64_t to) : base_(base), from_(from), to_(to), path_(std::move(path)) {}
    bool has(uint64_t address) const { return address >= from_ && address < to_; }
    SourceLine find(uint64_t address)
    {
        if (!read_) read();
        uint64_t wanted = address - base_;
        auto next = std::upper_bound(rows_.begin(), rows_.end(), wanted, [](uint64_t a, const Row& r) { return a < r.address; });
        if (next == rows_.begin() || (--next)->line == 0) return {};
        return {files_[next->file].c_str(), next->line};
    }
    // Where the function begins that an address is in; 0: not known.
    uint64_t function(uint64_t address)
    {
        if (!read_) read();
        uint64_t wanted = address - base_;
        auto next = std::upper_bound(functions_.begin(), functions_.end(), wanted, [](uint64_t a, const Function& f) { return a < f.from; });
        return next == functions_.begin() || wanted >= (--next)->to ? 0 : base_ + next->from;
    }

private:
    struct Function {
        uint64_t from, to;
    };
    struct Row {
        uint64_t address;
        uint32_t file, line; // Line 0 ends a run of code.
        uint32_t order;      // As the table has them.
    };
    struct Section {
        const uint8_t *at = nullptr, *end = nullptr;
        Cursor cursor(uint64_t skip = 0) const { Cursor c(at, end); c.skip(skip); return c; }
    };

    void read()
    {
        read_ = true;
        int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) return;
        struct stat st = {};
        fstat(fd, &st);
        size_t size = st.st_size;
        void* map = size < sizeof(Elf64_Ehdr) ? MAP_FAILED : mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
        close(fd);
        if (map == MAP_FAILED) return;
        auto* bytes = static_cast<const uint8_t*>(map);
        auto* head = reinterpret_cast<const Elf64_Ehdr*>(bytes);
        if (std::memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 && head->e_ident[EI_CLASS] == ELFCLASS64 &&
            head->e_shoff + uint64_t(head->e_shnum) * sizeof(Elf64_Shdr) <= size && head->e_shstrndx < head->e_shnum) {
            auto* sections = reinterpret_cast<const Elf64_Shdr*>(bytes + head->e_shoff);
            auto span = [&](const Elf64_Shdr& s) {
                bool inside = s.sh_offset <= size && s.sh_size <= size - s.sh_offset && !(s.sh_flags & SHF_COMPRESSED);
                return inside ? Section{bytes + s.sh_offset, bytes + s.sh_offset + s.sh_size} : Section{};
            };
            Section names = span(sections[head->e_shstrndx]), lines;
            for (unsigned i = 0; i < head->e_shnum; ++i) {
                std::string_view name = names.cursor(sections[i].sh_name).text();
                if (name == ".debug_line") lines = span(sections[i]);
                if (name == ".debug_line_str") line_text_ = span(sections[i]);
                if (name == ".debug_str") text_ = span(sections[i]);
            }
            Cursor units(lines.at, lines.end);
            while (units.left() > 4 && unit(units)) {}
            for (unsigned i = 0; i < head->e_shnum; ++i) {
                Section symbols = sections[i].sh_type == SHT_SYMTAB ? span(sections[i]) : Section{};
                for (auto* symbol = reinterpret_cast<const Elf64_Sym*>(symbols.at); symbol < reinterpret_cast<const Elf64_Sym*>(symbols.end); ++symbol)
                    if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_size)
                        functions_.push_back({symbol->st_value, symbol->st_value + symbol->st_size});
            }
            std::sort(functions_.begin(), functions_.end(), [](const Function& a, const Function& b) { return a.from < b.from; });
            std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
                if (a.address != b.address) return a.address < b.address;
                return (a.line == 0) != (b.line == 0) ? a.line == 0 : a.order < b.order;
            });
        }
        munmap(map, size);
    }

    // One program of the line-number machine; false if it is not understood.
    bool unit(Cursor& units)
    {
        unsigned word = 4;
        uint64_t length = units.fixed(4);
        if (length == 0xffffffff) length = units.fixed(word = 8);
        Cursor c(units.at(), units.at() + std::min(length, units.left()));
        units.skip(length);
        unsigned version = c.fixed(2);
        if (version < 2 || version > 5) return true;
        if (version == 5) c.skip(2);
        uint64_t header = c.fixed(word);
        Cursor program = c;
        program.skip(header);
        uint64_t step = c.fixed(1);
        if (version >= 4) c.skip(1);
        c.skip(1);
        int base = static_cast<int8_t>(c.fixed(1));
        unsigned range = std::max<unsigned>(1, c.fixed(1)), opcodes = c.fixed(1);
        std::vector<uint8_t> operands(opcodes ? opcodes : 1);
        for (unsigned i = 1; i < opcodes; ++i) operands[i] = c.fixed(1);
        std::vector<uint32_t> files = version == 5 ? names_of_5(c, word) : names_of_2(c);
        run(program, files, version, step, base, range, operands);
        return true;
    }

    std::vector<uint32_t> names_of_2(Cursor& c)
    {
        std::vector<std::string> dirs{""};
        for (auto dir = c.text(); !dir.empty(); dir = c.text()) dirs.emplace_back(dir);
        std::vector<uint32_t> files{add("", "?")};
        for (auto name = c.text(); !name.empty(); name = c.text()) {
            uint64_t dir = c.unsigned_number();
            c.unsigned_number();
            c.unsigned_number();
            files.push_back(add(dir < dirs.size() ? dirs[dir] : "", name));
        }
        return files;
    }

    std::vector<uint32_t> names_of_5(Cursor& c, unsigned word)
    {
        std::vector<std::string> dirs;
        std::vector<uint32_t> files;
        for (bool of_files : {false, true}) {
            unsigned count = c.fixed(1);
            std::vector<std::pair<uint64_t, uint64_t>> forms(count);
            for (auto& [what, form] : forms) what = c.unsigned_number(), form = c.unsigned_number();
            for (uint64_t n = c.unsigned_number(); n-- > 0 && !c.done();) {
                std::string_view name;
                uint64_t dir = 0;
                for (auto [what, form] : forms) {
                    uint64_t number = 0;
                    std::string_view text;
                    switch (form) {
                        case 0x08: text = c.text(); break;                               // string
                        case 0x1f: text = line_text_.cursor(c.fixed(word)).text(); break; // line_strp
                        case 0x0e: text = text_.cursor(c.fixed(word)).text(); break;      // strp
                        case 0x0b: number = c.fixed(1); break;                           // data1
                        case 0x05: number = c.fixed(2); break;                           // data2
                        case 0x0f: number = c.unsigned_number(); break;                  // udata
                        case 0x1e: c.skip(16); break;                                    // data16
                        case 0x09: c.skip(c.unsigned_number()); break;                   // block
                        default: return files;
                    }
                    if (what == 1) name = text;
                    if (what == 2) dir = number;
                }
                if (of_files) files.push_back(add(dir < dirs.size() ? dirs[dir] : "", name));
                else if (dirs.empty() || name.starts_with('/')) dirs.emplace_back(name);
                else dirs.push_back(dirs[0] + "/" + std::string(name));
            }
        }
        return files;
    }

    void run(Cursor& c, const std::vector<uint32_t>& files, unsigned version, uint64_t step, int base, unsigned range,
             const std::vector<uint8_t>& operands)
    {
        uint64_t address = 0, file = 1, line = 1;
        auto row = [&](bool end) {
            uint32_t known = file < files.size() ? files[file] : 0;
            rows_.push_back({address, known, end || file >= files.size() ? 0 : static_cast<uint32_t>(line), static_cast<uint32_t>(rows_.size())});
        };
        (void)version;
        while (!c.done()) {
            unsigned op = c.fixed(1);
            if (op >= operands.size()) {
                unsigned special = op - operands.size();
                address += special / range * step;
                line += base + static_cast<int>(special % range);
                row(false);
            } else if (op == 0) {
                uint64_t length = c.unsigned_number();
                Cursor inner(c.at(), c.at() + std::min(length, c.left()));
                c.skip(length);
                unsigned extended = inner.fixed(1);
                if (extended == 1) {
                    row(true);
                    address = 0, file = 1, line = 1;
                } else if (extended == 2) {
                    address = inner.fixed(8);
                }
            } else if (op == 1) {
                row(false);
            } else if (op == 2) {
                address += c.unsigned_number() * step;
            } else if (op == 3) {
                line += c.signed_number();
            } else if (op == 4) {
                file = c.unsigned_number();
            } else if (op == 8) {
                address += (255 - operands.size()) / range * step;
            } else if (op == 9) {
                address += c.fixed(2);
            } else {
                for (unsigned i = 0; i < operands[op]; ++i) c.unsigned_number();
            }
        }
    }

    uint32_t add(std::string_view dir, std::string_view name)
    {
        std::string path(name);
        if (!dir.empty() && !name.starts_with('/')) path = std::string(dir) + "/" + path;
        if (!files_.empty() && files_.back() == path) return files_.size() - 1;
        files_.push_back(std::move(path));
        return files_.size() - 1;
    }

    uint64_t base_, from_, to_;
    bool read_ = false;
    std::string path_;
    Section line_text_, text_;
    std::vector<Row> rows_;
    std::vector<Function> functions_;
    std::vector<std::string> files_;
};

// All modules of the process. Not thread-safe.
class Lines {
public:
    SourceLine find(uint64_t address)
    {
        Module* module = module_of(address);
        return module ? module->find(address) : SourceLine{};
    }
    uint64_t function(uint64_t address)
    {
        Module* module = module_of(address);
        return module ? module->function(address) : 0;
    }

private:
    Module* module_of(uint64_t address)
    {
        for (int attempt = 0; attempt < 2; ++attempt) {
            for (Module& module : modules_)
                if (module.has(address)) return &module;
            modules_.clear(); // A module may have been loaded since.
            dl_iterate_phdr(&Lines::add, this);
        }
        return nullptr;
    }
    static int add(dl_phdr_info* info, size_t, void* self)
    {
        std::string path = info->dlpi_name && *info->dlpi_name ? info->dlpi_name : "/proc/self/exe";
        for (int i = 0; i < info->dlpi_phnum; ++i) {
            const auto& part = info->dlpi_phdr[i];
            if (part.p_type != PT_LOAD || !(part.p_flags & PF_X)) continue;
            uint64_t from = info->dlpi_addr + part.p_vaddr;
            static_cast<Lines*>(self)->modules_.emplace_back(path, info->dlpi_addr, from, from + part.p_memsz);
        }
        return 0;
    }
    std::vector<Module> modules_;
};

} // namespace tilesync
