"""Compiled loops over entries of scores: scattered by part, sorted in cache, counted.

An entry is an unsigned integer, ``(code << count_bits) | digit``: the code is the score's key
within its part and, below it, the class. The digit is ``place << digit_bits | figure``, and
stands for figure * 2**(digit_bits * place) rows; `numerics.scores.Layout` has the widths. What an
entry means does not depend on others, so entries of several runs are simply put together.
"""

from __future__ import annotations

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from disteval.numerics.scores import CHUNK

_jit = numba.njit(nogil=True, cache=True)
_u = np.uint64

SHORT = 13
"""Lower bits of float32 that no float16 has, and no bfloat16."""
_ROWS = 512  # that are scattered at a time
_FEW = 48
_MANY = 2048  # entries of a part that are counted by bits, not sorted
_DENSE = 1 << 17  # that are counted in a table of all keys
_FEW_OF = 4  # where one key in so many has positives, or less, the others are merged at once


@intrinsic
def _pointer(_context, address):
    """An address as a pointer."""

    def code(_, builder, __, args):
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(address), code


@intrinsic
def _fetch(_context, address):
    """Have the memory at an address brought into the cache, to be written to."""

    def code(_, builder, __, args):
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        name = "llvm.prefetch.p0"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        pointer = builder.inttoptr(args[0], cgutils.voidptr_t)
        builder.call(function, [pointer, number(1), number(3), number(1)])
        return number(0)

    return types.int32(address), code


@intrinsic
def _ones(_context, word):
    """How many bits of a word are set."""

    def code(_, builder, __, args):
        return builder.ctpop(args[0])

    return word(word), code


@intrinsic
def _lowest(_context, word):
    """The place of the lowest bit that is set; 64 where none is."""

    def code(context, builder, __, args):
        return builder.cttz(args[0], context.get_constant(types.boolean, False))

    return word(word), code


@_jit
def _coded(bits, classes, order, widths, parts, entries):
    """The part and the entry of each row; the largest magnitude, by which NaN is known.

    Without branches, for several rows at a time.
    """
    negative, positive, magnitude, top = order[0], order[1], order[2], order[4]
    part_bits, label_bits, count_bits = widths[3], widths[0], widths[1]
    low = (_u(1) << part_bits) - _u(1)
    for i in range(bits.shape[0]):
        u = bits[i]
        if u & magnitude == 0:
            u = u ^ u
        key = u ^ (negative if u >> top else positive)
        parts[i] = key >> part_bits
        entries[i] = ((key & low) << (label_bits + count_bits)) | _u(1)
    if classes.shape[0]:
        for i in range(bits.shape[0]):
            entries[i] |= _u(classes[i]) << count_bits
    largest = bits[0] & magnitude
    for i in range(bits.shape[0]):  # apart: together they are not vectorised
        largest = max(largest, bits[i] & magnitude)
    return largest


@_jit
def scatter(bits, classes, order, widths, pool, fill, owners, used, start):
    """Append an entry of each row from start on to the chunks of its part.

    ``fill[part]`` is the place of the part's next entry, a multiple of CHUNK where it needs a
    new chunk, with the rows of class 1 in its upper half. order: what makes keys of bits (see
    `scores.KeyOrder`). Returns the row reached, before the end where all chunks are used, and
    whether a NaN was seen.
    """
    count_bits, label_mask = widths[1], (_u(1) << widths[0]) - _u(1)
    place, size = _u(0xFFFFFFFF), _u(pool.itemsize)
    parts, entries = np.empty(_ROWS, np.uint32), np.empty(_ROWS, pool.dtype)
    nan = False
    chunks, n = used[0], bits.shape[0]
    first, ahead = _u(pool.ctypes.data), _u(64)
    for row in range(start, n, _ROWS):
        m = min(_ROWS, n - row)
        largest = _coded(bits[row : row + m], classes[row : row + m], order, widths, parts, entries)
        nan |= largest > order[3]
        for i in range(m):
            part, entry = _u(parts[i]), entries[i]
            at = fill[part]
            if at & _u(CHUNK - 1) == _u(0):
                if chunks == owners.shape[0]:
                    used[0] = chunks
                    return row + i, nan
                at = (at & ~place) | _u(chunks * CHUNK)
                owners[chunks] = part
                chunks += 1
            to = at & place
            _fetch(first + to * size + ahead)  # nobody else can tell where this goes on
            pool[to] = entry
            fill[part] = at + (_u(1) | (((_u(entry) >> count_bits) & label_mask) << _u(32)))
    used[0] = chunks
    return n, nan


@_jit
def _sorted_few(a, n, below):
    """Sort n entries by key, by insertion."""
    for i in range(1, n):
        e = a[i]
        j = i
        while j > 0 and a[j - 1] >> below > e >> below:
            a[j] = a[j - 1]
            j -= 1
        a[j] = e


@_jit
def _gathered(addresses, sizes, first, last, a):
    """Copy the pieces first to last into a."""
    n = 0
    for j in range(first, last):
        piece = numba.carray(_pointer(addresses[j]), sizes[j], a.dtype)
        for i in range(sizes[j]):
            a[n + i] = piece[i]
        n += sizes[j]
    return n


@_jit
def _sorted_in_two(addresses, sizes, first, last, n, a, b, starts, below):
    """Sort the n entries of pieces by keys of 18 bits at most, into b."""
    low, high = starts[0], starts[1]
    low[:] = 0
    high[:] = 0
    one, mask = np.uint32(1), _u(511)
    for j in range(first, last):
        piece = numba.carray(_pointer(addresses[j]), sizes[j], a.dtype)
        for i in range(sizes[j]):
            key = _u(piece[i]) >> below
            low[key & mask] += one
            high[(key >> _u(9)) & mask] += one
    lower, higher = np.uint32(0), np.uint32(0)
    for k in range(512):
        rows = low[k]
        low[k] = lower
        lower += rows
        rows = high[k]
        high[k] = higher
        higher += rows
    for j in range(first, last):
        piece = numba.carray(_pointer(addresses[j]), sizes[j], a.dtype)
        for i in range(sizes[j]):
            e = piece[i]
            digit = (_u(e) >> below) & mask
            at = low[digit]
            a[at] = e
            low[digit] = at + one
    above = below + _u(9)
    for i in range(n):
        e = a[i]
        digit = (_u(e) >> above) & mask
        at = high[digit]
        b[at] = e
        high[digit] = at + one
    return n


@_jit
def _sorted_part(addresses, sizes, first, last, a, b, starts, below, key_bits):
    """The entries of the pieces first to last, by key: in a or in b. Least digits first.

    Returns how many, and whether they are in b.
    """
    n = 0
    for j in range(first, last):
        n += sizes[j]
    if n <= _FEW:
        _gathered(addresses, sizes, first, last, a)
        _sorted_few(a, n, below)
        return n, False
    if key_bits <= 18:
        return _sorted_in_two(addresses, sizes, first, last, n, a, b, starts, below), True
    width, passes = _u(starts.shape[1]), (key_bits + 8) // 9
    mask = width - _u(1)
    for p in range(passes):
        starts[p, :] = 0
    for j in range(first, last):
        piece = numba.carray(_pointer(addresses[j]), sizes[j], a.dtype)
        for i in range(sizes[j]):
            key = _u(piece[i]) >> below
            for p in range(passes):
                starts[p, (key >> _u(9 * p)) & mask] += np.uint32(1)
    in_b, moved = True, False
    for p in range(passes):
        own = starts[p]
        total, largest = np.uint32(0), np.uint32(0)
        for k in range(own.shape[0]):
            x = own[k]
            largest = max(largest, x)
            own[k] = total
            total += x
        if largest == n:  # one digit: nothing to sort by
            continue
        shift = below + _u(9 * p)
        if not moved:
            for j in range(first, last):
                piece = numba.carray(_pointer(addresses[j]), sizes[j], a.dtype)
                for i in range(sizes[j]):
                    e = piece[i]
                    digit = (_u(e) >> shift) & mask
                    at = own[digit]
                    a[at] = e
                    own[digit] = at + np.uint32(1)
            in_b, moved = False, True
        elif in_b:
            for i in range(n):
                e = b[i]
                digit = (_u(e) >> shift) & mask
                at = own[digit]
                a[at] = e
                own[digit] = at + np.uint32(1)
            in_b = False
        else:
            for i in range(n):
                e = a[i]
                digit = (_u(e) >> shift) & mask
                at = own[digit]
                b[at] = e
                own[digit] = at + np.uint32(1)
            in_b = True
    if not moved:
        _gathered(addresses, sizes, first, last, a)
        in_b = False
    return n, in_b


@_jit
def _rows(v, widths):
    """The rows that an entry stands for."""
    digit_bits = widths[2]
    place = (v >> digit_bits) & ((_u(1) << (widths[1] - digit_bits)) - _u(1))
    return (v & ((_u(1) << digit_bits) - _u(1))) << (digit_bits * place)


@_jit
def _counted(e, n, base, widths, keys, counts, m):
    """Distinct keys of n sorted entries and their counts by class, from place m on."""
    label_bits, count_bits = widths[0], widths[1]
    below = label_bits + count_bits
    label_mask = (_u(1) << label_bits) - _u(1)
    count_mask = (_u(1) << count_bits) - _u(1)
    if counts.shape[0] == 2:  # nearly always: the counts of a key stay in registers
        none, some = np.int64(0), np.int64(0)
        previous = _u(e[0]) >> below
        for i in range(n):
            v = _u(e[i])
            key = v >> below
            if key != previous:
                keys[m] = base | previous
                counts[0, m] = none
                counts[1, m] = some
                m += 1
                none, some = np.int64(0), np.int64(0)
                previous = key
            rows = np.int64(1)
            if v & count_mask != 1:  # of rows as they came it is
                rows = np.int64(_rows(v, widths))
            label = np.int64((v >> count_bits) & label_mask)
            some += rows * label
            none += rows * (np.int64(1) - label)
        keys[m] = base | previous
        counts[0, m] = none
        counts[1, m] = some
        return m + 1
    m -= 1
    for i in range(n):
        v = _u(e[i])
        key = base | (v >> below)
        if i == 0 or keys[m] != key:
            m += 1
            keys[m] = key
            for k in range(counts.shape[0]):
                counts[k, m] = 0
        rows = np.int64(_rows(v, widths))
        counts[np.int64((v >> count_bits) & label_mask), m] += rows
    return m + 1


@_jit
def _set_bits(addresses, sizes, first, last, widths, spare, bits):
    """Set the bit of each key and class that occurs in some pieces of 18 bits and two classes.

    A bit stands for the first row of a key and class; entries beyond it are kept in spare, at the
    start those of whose rows the bit is one, at the end the others. Returns where both end.
    """
    count_bits, one = widths[1], _u(1)
    count_mask = (one << count_bits) - one
    label_mask = (one << widths[0]) - one
    bits[:, :] = 0
    more, end = 0, spare.shape[0]
    for j in range(first, last):
        piece = numba.carray(_pointer(addresses[j]), sizes[j], spare.dtype)
        for i in range(sizes[j]):
            v = _u(piece[i])
            code = v >> count_bits
            label, key = code & label_mask, code >> widths[0]
            word = bits[label, key >> _u(6)]
            bit = one << (key & _u(63))
            bits[label, key >> _u(6)] = word | bit
            again = np.int64((word >> (key & _u(63))) & one)
            spare[end - 1] = piece[i]  # kept where the next one goes to another place
            end -= again
            if v & count_mask != one and not again:  # of which the bit is one row
                spare[more] = piece[i]
                more += 1
    return more, end


@_jit
def _counted_by_bits(more, end, base, widths, spare, bits, ranks, keys, counts, m):
    """As `_counted`, of what `_set_bits` has found."""
    one, start = _u(1), m
    for w in range(bits.shape[1]):
        ranks[0, w] = m - start
        none, some = bits[0, w], bits[1, w]
        seen = none | some
        high = base | _u(64 * w)
        n = np.int64(_ones(seen))
        while seen:
            # four at a time, whether there are so many or not: the end of a loop over each would
            # be mispredicted for every word
            for k in range(4):
                place = _lowest(seen) & _u(63)
                keys[m + k] = high | place
                counts[0, m + k] = np.int64((none >> place) & one)
                if counts.shape[0] > 1:
                    counts[1, m + k] = np.int64((some >> place) & one)
                seen &= seen - one
            m += min(n, 4)
            n -= 4
    for i in range(more):
        _add(_u(spare[i]), -1, widths, bits, ranks, counts, start)
    for i in range(end, spare.shape[0]):
        _add(_u(spare[i]), 0, widths, bits, ranks, counts, start)
    return m


@_jit
def _merged_by_bits(more, end, base, widths, spare, bits, ranks, keys, counts, m):
    """As `_counted_by_bits`, with all keys without positives between two that have some as one.

    That one is under the lowest of these keys.
    """
    one, start, words = _u(1), m, bits.shape[1]
    below, above, filled = ranks[1], ranks[2], ranks[3]
    rank, rows, n = 0, 0, 0
    for w in range(words):  # without a branch, as what words hold is a coin toss
        ranks[0, w], below[w], filled[n] = rank, rows, w
        rank += 2 * np.int64(_ones(bits[1, w]))
        rows += np.int64(_ones(bits[0, w]))
        n += bits[1, w] != 0
    following = _u(0)  # the lowest key of class 0 from a word on
    above[words] = following
    for w in range(words - 1, -1, -1):
        if bits[0, w]:
            following = _u(64 * w) | _lowest(bits[0, w])
        above[w] = following
    key, seen = base | following, np.int64(0)
    for k in range(n):
        w = filled[k]
        none, some = bits[0, w], bits[1, w]
        high = base | (_u(w) << _u(6))
        while some:
            bit = some & (~some + one)
            lower = np.int64(below[w]) + np.int64(_ones(none & (bit - one)))
            tie = np.int64((none & bit) != 0)
            keys[m], keys[m + 1] = key, high | _lowest(some)
            counts[0, m], counts[0, m + 1] = lower - seen, tie
            counts[1, m], counts[1, m + 1] = 0, 1
            m += 2
            seen = lower + tie
            rest = none & ~(bit | (bit - one))
            key = (high | _lowest(rest)) if rest else (base | _u(above[w + 1]))
            some ^= bit
    keys[m], counts[0, m], counts[1, m] = key, rows - seen, 0
    m += 1
    for i in range(more):
        _add_merged(_u(spare[i]), -1, widths, bits, ranks, counts, start)
    for i in range(end, spare.shape[0]):
        _add_merged(_u(spare[i]), 0, widths, bits, ranks, counts, start)
    if start and counts[1, start - 1] == 0:  # the last of another part
        counts[0, start - 1] += counts[0, start]
        counts[0, start] = 0
    k = start
    for i in range(start, m):  # of which some are empty
        none, some = counts[0, i], counts[1, i]
        keys[k], counts[0, k], counts[1, k] = keys[i], none, some
        k += (none | some) != 0
    return k


@_jit
def _merged(keys, counts, start, m):
    """Merge keys from place start on, to which m have been counted, as `_merged_by_bits` does."""
    k = start - 1
    alone, rows, first = False, np.int64(0), _u(0)
    if start:
        alone, rows, first = counts[1, k] == 0, counts[0, k], keys[k]
    for i in range(start, m):
        some = counts[1, i]
        joins = alone and some == 0
        k += not joins
        rows = counts[0, i] + (rows if joins else 0)
        first = first if joins else keys[i]
        alone = some == 0
        keys[k], counts[0, k], counts[1, k] = first, rows, some
    return k + 1


@_jit
def _tabulate(addresses, sizes, first, last, widths, table):
    """Add up the rows of each key and class of pieces. Whether the table holds so many."""
    table[:] = 0
    high = _u(0)
    for j in range(first, last):
        piece = numba.carray(_pointer(addresses[j]), sizes[j], np.uint32)
        for i in range(sizes[j]):
            v = _u(piece[i])
            rows = _rows(v, widths) + _u(table[v >> widths[1]])
            table[v >> widths[1]] = rows
            high |= rows
    return high >> _u(8 * table.itemsize) == 0


@_jit
def _counted_by_table(base, table, keys, counts, m):
    """As `_counted`, of what `_tabulate` has found."""
    classes = counts.shape[0]
    for k in range(table.shape[0] // classes):
        none, some = table[classes * k], table[classes * k + classes - 1]
        keys[m], counts[0, m] = base | _u(k), none
        if classes > 1:
            counts[1, m] = some
        m += (none | some) != 0
    return m


@_jit
def _merged_by_table(base, table, keys, counts, m):
    """As `_counted_by_table`, merged as by `_merged_by_bits`."""
    k, begin = m - 1, 0
    key, none, some = _u(0), np.int64(0), np.int64(1)
    if m:
        key, none, some = keys[k], counts[0, k], counts[1, k]
    while begin < table.shape[0] and table[begin] == 0:
        begin += 1
    for i in range(begin // 2, table.shape[0] // 2):
        a, b = np.int64(table[2 * i]), np.int64(table[2 * i + 1])
        joins = (b | some) == 0 or (a | b) == 0
        k += not joins
        key = key if joins else base | _u(i)
        none = a + (none if joins else 0)
        some = some if joins else b
        keys[k], counts[0, k], counts[1, k] = key, none, some
    return k + 1


@_jit
def _add(v, but, widths, bits, ranks, counts, start):
    """Add the rows of an entry, and some, to the count of its key."""
    code = v >> widths[1]
    label, key = code & ((_u(1) << widths[0]) - _u(1)), code >> widths[0]
    word, bit = key >> _u(6), _u(1) << (key & _u(63))
    below = (bits[0, word] | bits[1, word]) & (bit - _u(1))
    counts[label, _u(start) + _u(ranks[0, word]) + _ones(below)] += np.int64(_rows(v, widths)) + but


@_jit
def _add_merged(v, but, widths, bits, ranks, counts, start):
    """As `_add`, to what `_merged_by_bits` has for its key."""
    code = v >> widths[1]
    label, key = code & _u(1), code >> _u(1)
    word, place = key >> _u(6), key & _u(63)
    some = bits[1, word]
    below = some & ((_u(1) << place) - _u(1))
    at = _u(start) + _u(ranks[0, word]) + _u(2) * _ones(below) + ((some >> place) & _u(1))
    counts[label, at] += np.int64(_rows(v, widths)) + but


@_jit
def _few_positives(n, bits):
    """Whether so few keys have positives that it pays to merge all others."""
    found = _u(0)
    for w in range(bits.shape[1]):
        found += _ones(bits[1, w])
    return _FEW_OF * np.int64(found) < n


@_jit
def _count_part(addresses, sizes, first, last, base, part_bits, widths, a, b, starts, bits,
                ranks, table, merge, keys, counts, m):  # fmt: skip
    """Distinct keys of a part's pieces, ascending, and their counts, from place m on."""
    n = 0
    for j in range(first, last):
        n += sizes[j]
    start = m
    few_codes = part_bits <= 18 and counts.shape[0] <= 2
    dense = few_codes and n >= _DENSE
    if dense and _tabulate(addresses, sizes, first, last, widths, table):
        if merge:
            return _merged_by_table(base, table, keys, counts, m)
        return _counted_by_table(base, table, keys, counts, m)
    if few_codes and n >= _MANY:
        more, end = _set_bits(addresses, sizes, first, last, widths, a[:n], bits)
        if merge and _few_positives(n, bits):
            return _merged_by_bits(more, end, base, widths, a[:n], bits, ranks, keys, counts, m)
        m = _counted_by_bits(more, end, base, widths, a[:n], bits, ranks, keys, counts, m)
    else:
        below = widths[0] + widths[1]
        n, in_b = _sorted_part(addresses, sizes, first, last, a, b, starts, below, part_bits)
        m = _counted(b if in_b else a, n, base, widths, keys, counts, m)
    return _merged(keys, counts, start, m) if merge else m


@_jit
def count_parts(parts, addresses, sizes, first, last, part_bits, prefix, widths, a, b, starts,
                bits, ranks, table, merge, keys, counts):  # fmt: skip
    """Distinct keys, ascending, and their counts by class, of the parts of pieces first to last.

    prefix: masks the part's own bits from its number, which may have a group above them. merge:
    whether to merge adjacent keys without rows of class 1, under the lowest of them. Returns how
    many keys there are.
    """
    m = 0
    while first < last:
        end = first
        while end < last and parts[end] == parts[first]:
            end += 1
        base = (_u(parts[first]) & prefix) << part_bits
        m = _count_part(
            addresses, sizes, first, end, base, part_bits, widths, a, b, starts, bits, ranks,
            table, merge, keys, counts, m,
        )  # fmt: skip
        first = end
    return m


@_jit
def settle_parts(parts, addresses, sizes, first, last, part_bits, widths, a, b, starts, bits,
                 ranks, table, keys, counts, out, numbers, bounds, totals):  # fmt: skip
    """The canonical entries of the parts of pieces first to last, and their rows by class.

    Those of part ``numbers[k]`` are ``out[bounds[k]:bounds[k + 1]]``. Returns how many parts.
    """
    label_bits, count_bits, digit_bits = widths[0], widths[1], widths[2]
    digit_mask = (_u(1) << digit_bits) - _u(1)
    m, k = 0, 0
    bounds[0] = 0
    while first < last:
        end = first
        while end < last and parts[end] == parts[first]:
            end += 1
        n = _count_part(
            addresses, sizes, first, end, _u(0), part_bits, widths, a, b, starts, bits, ranks,
            table, False, keys, counts, 0,
        )  # fmt: skip
        totals[k, :] = 0
        for i in range(n):
            for c in range(counts.shape[0]):
                totals[k, c] += counts[c, i]
                rows, place = _u(counts[c, i]), _u(0)
                code = ((keys[i] << label_bits) | _u(c)) << count_bits
                while rows:
                    if rows & digit_mask:
                        out[m] = code | (place << digit_bits) | (rows & digit_mask)
                        m += 1
                    rows >>= digit_bits
                    place += _u(1)
        numbers[k] = parts[first]
        k += 1
        bounds[k] = m
        first = end
    return k


@_jit
def count_short(bits, classes, several, table):
    """table[bits[i] >> SHORT, classes[i]] += 1, of float32 whose lower bits are all zero."""
    flat = table.reshape(-1)
    width = _u(table.shape[1])
    for i in range(bits.shape[0]):
        label = _u(0)
        if several:
            label = _u(classes[i])
        flat[(_u(bits[i]) >> _u(SHORT)) * width + label] += 1
