/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bootguest: a whole guest in 64 KiB of ROM, in place of a BIOS (machine `pc', QEMU -bios).
 * Ready some milliseconds after its start; idle it sleeps in hlt.  It says what it does on the
 * first serial port: `R' ready, then each command taken.
 *
 *   p  panic (pvpanic, port 0x505)     w  watchdog fires (ib700, port 0x443)
 *   s  power off                       z  sleep (ACPI S3; after wake-up `R' again)
 *   r  reset (keyboard controller)     d  dirty memory, on and off
 *   e  write 16 sectors 64 KiB apart to the first IDE disk, each time further back
 *   i  ignore the power button, on and off
 *
 * The ACPI power button powers off.  Keys come from `virsh send-key'.
 *
 * as --32 bootguest.S -o g.o && ld -m elf_i386 -Ttext 0 -e 0 --oformat binary g.o -o bootguest.rom
 */
        .code16
        .text

        /* Numbers of the chip set: PIIX4 power management is PCI device 0:1.3. */
        .equ PCI_PM,    0x80000b00
        .equ PM_BASE,   0x600
        .equ PM_STATUS, PM_BASE
        .equ PM_ENABLE, PM_BASE + 2
        .equ PM_CONTROL, PM_BASE + 4
        .equ BUTTON,    0x0100
        .equ SLEEP_S5,  0x2000
        .equ SLEEP_S3,  0x2400
        .equ SERIAL,    0x3f8
        .equ IDE,       0x1f0

        /* Variables, at 0000:0500 and up; all zero at start */
        .equ NEXT_LBA,  0x500           /* 4 bytes */
        .equ DIRTYING,  0x504
        .equ RELEASED,  0x505           /* the next scan code is of a key let go */
        .equ IGNORING,  0x506           /* the power button */

start:
        cli
        cld
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7000, %sp
        movl    %eax, NEXT_LBA
        movw    %ax, DIRTYING
        movb    %al, IGNORING
        call    set_up_interrupts
        call    set_up_power
        movb    $'R', %al
        call    say
        sti

/* One turn: sleep until timer or keyboard (unless dirtying), button, keys. */
turn:
        cmpb    $0, DIRTYING
        jne     1f
        hlt
        jmp     2f
1:      call    dirty_memory
2:      movw    $PM_STATUS, %dx
        inw     %dx, %ax
        testw   $BUTTON, %ax
        jz      5f
        cmpb    $0, IGNORING
        je      power_off
        movw    $BUTTON, %ax            /* taken note of, nothing more */
        outw    %ax, %dx
5:      inb     $0x64, %al
        testb   $1, %al
        jz      turn
        movb    %al, %ah
        inb     $0x60, %al
        testb   $0x20, %ah              /* from the mouse */
        jnz     turn
        cmpb    $0xf0, %al              /* scan code set 2: the next one is a release */
        je      key_released
        cmpb    $0, RELEASED
        movb    $0, RELEASED
        jne     turn
        movw    $keys, %si
3:      cmpb    $0, %cs:(%si)
        je      turn
        cmpb    %cs:(%si), %al
        je      4f
        addw    $4, %si
        jmp     3b
4:      movb    %cs:1(%si), %al
        call    say
        pushw   $turn
        jmp     *%cs:2(%si)

key_released:
        movb    $1, RELEASED
        jmp     turn

keys:   .byte   0x4d, 'p'
        .word   panic
        .byte   0x1d, 'w'
        .word   watchdog
        .byte   0x1b, 's'
        .word   power_off
        .byte   0x2d, 'r'
        .word   reset_machine
        .byte   0x1a, 'z'
        .word   sleep_in_memory
        .byte   0x23, 'd'
        .word   switch_dirtying
        .byte   0x24, 'e'
        .word   write_disk
        .byte   0x43, 'i'
        .word   switch_ignoring
        .word   0

panic:
        movw    $0x505, %dx
        movb    $1, %al
        outb    %al, %dx
        ret

watchdog:
        movw    $0x443, %dx
        movb    $0x0f, %al              /* after 0 seconds */
        outb    %al, %dx
        ret

power_off:
        movw    $SLEEP_S5, %ax
        jmp     1f
sleep_in_memory:
        movw    $SLEEP_S3, %ax
1:      movw    $PM_CONTROL, %dx
        outw    %ax, %dx
        ret

reset_machine:
        movb    $0xfe, %al
        outb    %al, $0x64
        ret

switch_dirtying:
        xorb    $1, DIRTYING
        ret

switch_ignoring:
        xorb    $1, IGNORING
        ret

/* One word in every page from 1 MiB to 7 MiB; %es has no limit (see set_up_interrupts) */
dirty_memory:
        movl    $0x100000, %ebx
1:      incw    %es:(%ebx)
        addl    $0x1000, %ebx
        cmpl    $0x700000, %ebx
        jb      1b
        ret

/* What is written is the memory from 0000:0000 on. */
write_disk:
        movw    $16, %bp
1:      call    ide_wait
        movl    NEXT_LBA, %ebx
        movw    $IDE + 2, %dx
        movb    $1, %al                 /* one sector */
        outb    %al, %dx
        incw    %dx
        movb    %bl, %al
        outb    %al, %dx
        incw    %dx
        movb    %bh, %al
        outb    %al, %dx
        incw    %dx
        movl    %ebx, %eax
        shrl    $16, %eax
        outb    %al, %dx
        incw    %dx
        movb    $0xe0, %al              /* drive 0, LBA */
        outb    %al, %dx
        incw    %dx
        movb    $0x30, %al              /* write sectors */
        outb    %al, %dx
        call    ide_wait
        testb   $8, %al                 /* no data wanted: no disk, or an error */
        jz      2f
        xorw    %si, %si
        movw    $256, %cx
        movw    $IDE, %dx
        rep outsw
        call    ide_wait
        movw    $IDE + 7, %dx
        movb    $0xe7, %al              /* flush */
        outb    %al, %dx
        call    ide_wait
        addl    $128, NEXT_LBA
        decw    %bp
        jnz     1b
2:      ret

ide_wait:
        movw    $IDE + 7, %dx
1:      inb     %dx, %al
        testb   $0x80, %al
        jnz     1b
        ret

say:
        movw    $SERIAL, %dx
        outb    %al, %dx
        ret

set_up_power:
        movl    $PCI_PM + 0x40, %eax    /* base of the ports */
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movl    $PM_BASE + 1, %eax
        movw    $0xcfc, %dx
        outl    %eax, %dx
        movl    $PCI_PM + 0x80, %eax    /* ports on */
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movb    $1, %al
        movw    $0xcfc, %dx
        outb    %al, %dx
        movw    $PM_STATUS, %dx
        movw    $0xffff, %ax            /* forget a button pressed before */
        outw    %ax, %dx
        movw    $PM_ENABLE, %dx
        movw    $BUTTON, %ax
        outw    %ax, %dx
        ret

/*
 * The timer runs at 18 Hz from the start; it and the keyboard end hlt, nothing more.
 * The local APIC has to be told to let through what the old controllers report.  It is above
 * 4 GiB - 32 MiB: a visit to protected mode leaves %es without limit.
 */
set_up_interrupts:
        lgdtl   %cs:descriptors
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movw    $8, %bx
        movw    %bx, %es
        andb    $0xfe, %al
        movl    %eax, %cr0
        xorw    %bx, %bx
        movw    %bx, %es
        movl    $0xfee00350, %ebx       /* local interrupt 0: external */
        movl    $0x700, %es:(%ebx)
        movw    $0x20 * 4, %di
        movw    $16, %cx
1:      movw    $interrupt, (%di)
        movw    %cs, 2(%di)
        addw    $4, %di
        loop    1b
        movb    $0x11, %al              /* both controllers: vectors 0x20 to 0x2f */
        outb    %al, $0x20
        outb    %al, $0xa0
        movb    $0x20, %al
        outb    %al, $0x21
        movb    $0x28, %al
        outb    %al, $0xa1
        movb    $4, %al
        outb    %al, $0x21
        movb    $2, %al
        outb    %al, $0xa1
        movb    $1, %al
        outb    %al, $0x21
        outb    %al, $0xa1
        movb    $0xfc, %al              /* let through: timer, keyboard */
        outb    %al, $0x21
        movb    $0xff, %al
        outb    %al, $0xa1
        ret

interrupt:
        pushw   %ax
        movb    $0x20, %al
        outb    %al, $0x20
        popw    %ax
        iret

        .balign 8
descriptors:                            /* limit and base; the unused first entry holds them */
        .word   15
        .long   0xf0000 + descriptors
        .word   0
        .word   0xffff, 0, 0x9200, 0x00cf

        .org    0xfff0, 0xff            /* where the processor begins */
        ljmp    $0xf000, $start
        .org    0x10000, 0xff
